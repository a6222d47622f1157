import type { Config } from '../../config/env.js';
import { accessDocumentation } from '../access/access.openapi.js';
import { tokenDocumentation } from '../auth/token/token.openapi.js';
import type { Documentation } from '../platform/openapi/document.js';

const TAGS = [
  { name: 'authentication', description: 'Tokens, and your own account.' },
  { name: 'tickets', description: 'What people need help with. Open to admin, manager and support.' },
  {
    name: 'spaces',
    description:
      'Places in which people are counted, and how full they are. Support sees, counts and corrects; manager and admin do everything.',
  },
  {
    name: 'doors and devices',
    description: 'What joins spaces, and the sensors that count there. For manager and admin.',
  },
  { name: 'displays', description: 'Boards on walls and phones, each for one space. For manager and admin.' },
  {
    name: 'employees',
    description:
      'The people who are helped. They do not sign in. Support sees them; manager and admin change them.',
  },
  { name: 'users', description: 'Staff who sign in. For admin, and in part for manager.' },
  { name: 'maintenance', description: 'When the service is closed for work on it, or will be.' },
  { name: 'discovery', description: 'Where programs look for the token endpoint and the public keys.' },
];

const COMPATIBILITY = [
  {
    name: 'compatibility: ticket server',
    description:
      'For clients of the legacy ticket server, with its bodies and texts; off with COMPAT=off. New programs use the operations above.',
  },
  {
    name: 'compatibility: occupancy service',
    description:
      'For clients of the legacy occupancy service, with its bodies; off with COMPAT=off. New programs use the operations on spaces.',
  },
];

/** The sections of the document in their order, and the operations that are no routes of a controller. */
export const documentationOf = ({ compat }: Config): Documentation => ({
  ...accessDocumentation,
  ...tokenDocumentation,
  tags: compat ? [...TAGS, ...COMPATIBILITY] : TAGS,
});
