import '../space.declarations.js';
import { allWith } from '../../access/visibility.js';

export const visibleDisplayTokens = allWith('display:read');
