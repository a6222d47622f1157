import { z } from 'zod';
import { fields } from '../../config/fields.js';
import { contactSearch } from '../platform/validation/contact.search.js';
import { id, idInBody, moment, searchText, text } from '../platform/validation/text.js';
import { listParameters, pageOf } from '../platform/pagination/page.js';
import { birthday } from './employee.birthday.js';

const employeeFields = {
  first_name: text(fields.name),
  last_name: text(fields.name),
  nick_name: text(fields.name).nullable(),
  phone: text(fields.phone).nullable(),
  email: text(fields.email),
  birthday,
  country: text(fields.place).nullable(),
  city: text(fields.place).nullable(),
  address: text(fields.address, 'many').nullable(),
};

export const employeeSchema = z
  .object({
    id: idInBody,
    first_name: z.string().meta({ example: 'Amara' }),
    last_name: z.string().meta({ example: 'Okafor' }),
    nick_name: z.string().nullable().meta({ example: 'Ama' }),
    phone: z.string().nullable().meta({ example: '+442079460123' }),
    email: z.string().meta({ example: 'amara.okafor@example.org' }),
    birthday: z.iso.date().nullable().meta({ example: '1990-04-23' }),
    country: z.string().nullable().meta({ example: 'United Kingdom' }),
    city: z.string().nullable().meta({ example: 'Bristol' }),
    address: z.string().nullable().meta({ example: '12 Quay Street' }),
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: 'Employee' });

export const employeePage = pageOf(employeeSchema, 'EmployeePage');

export const newEmployeeSchema = z
  .strictObject({
    ...employeeFields,
    nick_name: employeeFields.nick_name.default(null),
    phone: employeeFields.phone.default(null),
    birthday: birthday.default(null),
    country: employeeFields.country.default(null),
    city: employeeFields.city.default(null),
    address: employeeFields.address.default(null),
  })
  .meta({
    id: 'NewEmployee',
    example: { first_name: 'Imogen', last_name: 'Hale', email: 'imogen.hale@example.org', city: 'Bristol' },
  });

export const employeePatchSchema = z
  .strictObject(employeeFields)
  .partial()
  .meta({ id: 'EmployeePatch', example: { city: 'Bath' } });

export const employeeQuery = z.strictObject({
  ...listParameters(['id', 'last_name', 'created_at']),
  q: searchText(100).optional().meta({ description: 'Part of a name, e-mail or phone.' }),
  ...contactSearch,
});

export const employeeId = id.meta({ description: 'Id of the employee.' });

export type NewEmployee = z.infer<typeof newEmployeeSchema>;
export type EmployeePatch = z.infer<typeof employeePatchSchema>;
export type EmployeeQuery = z.infer<typeof employeeQuery>;
