import { z } from 'zod';

/** A date of birth in a request. */
export const birthday = z.iso
  .date('must be a date such as 1990-04-23')
  .refine((date) => date >= '1900-01-01', 'must not lie before 1900')
  .nullable()
  .meta({ example: '1990-04-23' });
