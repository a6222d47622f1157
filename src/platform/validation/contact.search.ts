import { fields } from '../../../config/fields.js';
import { searchText } from './text.js';

/** Parameters of a list by which a person is found from outside. */
export const contactSearch = {
  email: searchText(254, fields.email)
    .optional()
    .meta({ description: 'The whole e-mail address, in any case.' }),
  phone: searchText(20, fields.phone)
    .optional()
    .meta({ description: 'The whole number, with its plus sign.' }),
};
