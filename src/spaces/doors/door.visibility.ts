import '../space.declarations.js';
import { allWith } from '../../access/visibility.js';

export const visibleDoors = allWith('space:read');
