import '../space.declarations.js';
import { allWith } from '../../access/visibility.js';

export const visibleDevices = allWith('device:read');
