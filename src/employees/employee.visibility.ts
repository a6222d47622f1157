import './employee.declarations.js';
import { allWith } from '../access/visibility.js';

export const visibleEmployees = allWith('employee:read');
