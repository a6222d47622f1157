import { z } from 'zod';
import { filterShape, namesWith, shapeOf } from '../platform/fields/description.js';
import { id, searchText } from '../platform/validation/text.js';
import { listParameters, pageOf } from '../platform/pagination/page.js';
import { EMPLOYEE_FIELDS } from './employee.fields.js';

export const employeeSchema = z.object(shapeOf(EMPLOYEE_FIELDS, 'shown')).meta({ id: 'Employee' });

export const employeePage = pageOf(employeeSchema, 'EmployeePage');

export const newEmployeeSchema = z.strictObject(shapeOf(EMPLOYEE_FIELDS, 'created')).meta({
  id: 'NewEmployee',
  example: { first_name: 'Imogen', last_name: 'Hale', email: 'imogen.hale@example.org', city: 'Bristol' },
});

export const employeePatchSchema = z
  .strictObject(shapeOf(EMPLOYEE_FIELDS, 'patched'))
  .partial()
  .meta({ id: 'EmployeePatch', example: { city: 'Bath' } });

export const employeeQuery = z.strictObject({
  ...listParameters(namesWith(EMPLOYEE_FIELDS, ({ sorts }) => sorts === true)),
  q: searchText(100).optional().meta({ description: 'Part of a name, e-mail or phone.' }),
  ...filterShape(EMPLOYEE_FIELDS),
});

export const employeeId = id.meta({ description: 'Id of the employee.' });

export type NewEmployee = z.infer<typeof newEmployeeSchema>;
export type EmployeePatch = z.infer<typeof employeePatchSchema>;
export type EmployeeQuery = z.infer<typeof employeeQuery>;
