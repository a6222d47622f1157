import type { Documentation } from '../platform/openapi/document.js';
import { SECURITY_SCHEME } from './access.decorators.js';
import { DEVICE_SCHEME } from './device.decorator.js';
import { descriptionOf, isPermission } from './permissions.js';

/** How the document tells who may call an operation. */
export const accessDocumentation: Pick<Documentation, 'securitySchemes' | 'access' | 'accessCodes'> = {
  securitySchemes: {
    [SECURITY_SCHEME]: {
      type: 'oauth2',
      description: 'With the username and the password of a Frontdesk account.',
      flows: { password: { tokenUrl: '/api/v1/token', scopes: {} } },
    },
    [DEVICE_SCHEME]: {
      type: 'http',
      scheme: 'bearer',
      description: 'With the secret of a device, which is shown when the device is made.',
    },
  },
  access: ({
    'x-permission': permissions = [],
    'x-permission-shows': shows,
    'x-while-disabled': whileDisabled = false,
    security = [],
  }) => {
    const [permission] = permissions;
    if (permission === 'public') return 'Open to everybody.';
    if (permission === 'authenticated')
      return `Open to every user who is signed in${whileDisabled ? ', a disabled one too' : ''}.`;
    const forDevices = security.some((scheme) => DEVICE_SCHEME in scheme)
      ? ' A device may call it for its doors.'
      : '';
    const sentences = permissions.filter(isPermission).map((name) => `\`${name}\`: ${descriptionOf(name)}`);
    const andToShow = shows === undefined ? '' : `, and \`${shows}\` for what it shows`;
    return `Needs the permission ${sentences.join(', or ')}${andToShow}.${forDevices}`;
  },
  accessCodes: (method, { 'x-permission': [permission] = [], 'x-while-disabled': whileDisabled = false }) => {
    const keyed = method === 'post' || method === 'delete';
    return {
      401: ['invalid_token'],
      403: [
        ...(permission === 'authenticated' ? [] : (['forbidden'] as const)),
        'insufficient_scope',
        ...(whileDisabled ? [] : (['account_disabled', 'password_change_required'] as const)),
      ],
      409: keyed ? ['idempotency_in_progress'] : [],
      422: keyed ? ['idempotency_mismatch'] : [],
    };
  },
};
