import { z } from 'zod';
import { moment, text, uuid } from '../../platform/validation/text.js';
import { listParameters, pageOf } from '../../platform/pagination/page.js';

const EXAMPLE_ID = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e30';
const EXAMPLE_DOOR_ID = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e20';
const EXAMPLE_NAME = 'Sensor above the main entrance';
const MOST_DOORS = 100;
const A_WEEK = 7 * 24 * 60;

export const DEVICE_STATES = ['online', 'offline', 'revoked'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

const deviceUuid = uuid.meta({ example: EXAMPLE_ID });
const name = text('label').meta({ example: EXAMPLE_NAME });

const minutes = (min: number) => {
  const error = `must be a whole number of minutes from ${min} to ${A_WEEK}`;
  return z.int(error).min(min, error).max(A_WEEK, error);
};

const doorIds = z
  .array(uuid.meta({ example: EXAMPLE_DOOR_ID }))
  .max(MOST_DOORS, `must be at most ${MOST_DOORS} doors`)
  .overwrite((given) => [...new Set(given)].sort())
  .meta({ description: 'The doors that it may post for.', example: [EXAMPLE_DOOR_ID] });

const offlineAfter = minutes(1).meta({
  description: 'How long it may send no request before it counts as offline.',
  example: 15,
});

const state = z.enum(DEVICE_STATES, { error: `must be one of ${DEVICE_STATES.join(', ')}` });

const device = z.object({
  id: deviceUuid,
  name: z.string().meta({ example: EXAMPLE_NAME }),
  door_ids: doorIds,
  offline_after_minutes: offlineAfter,
  state: state.meta({
    description:
      'How it stands now; offline too before its first request. The ETag does not depend on this, nor on what its requests change.',
    example: 'online',
  }),
  last_seen_at: moment
    .nullable()
    .meta({ description: 'Its last request, give or take 10 seconds.', example: null }),
  clock_skew_seconds: z
    .int()
    .nullable()
    .meta({ description: 'How far its clock is ahead of ours; negative: behind.', example: 0 }),
  revoked_at: moment.nullable().meta({ description: 'Since when it is refused, for good.', example: null }),
  created_at: moment,
  updated_at: moment,
});

export const deviceSchema = device.meta({ id: 'Device' });

export const devicePage = pageOf(deviceSchema, 'DevicePage');

export const deviceWithSecretSchema = device
  .extend({
    secret: z
      .string()
      .nullable()
      .meta({
        description:
          'What it sends as `Authorization: Bearer`. Shown this once: null when a request is repeated with its Idempotency-Key.',
        example: `fdd_${EXAMPLE_ID}_${'A1b2'.repeat(10)}C3d`,
      }),
  })
  .meta({ id: 'DeviceWithSecret' });

export const newDeviceSchema = z
  .strictObject({
    id: deviceUuid.optional().meta({ description: 'A UUID of your own; made for you without it.' }),
    name,
    door_ids: doorIds.default([]),
    offline_after_minutes: offlineAfter.default(15),
  })
  .meta({
    id: 'NewDevice',
    example: { id: EXAMPLE_ID, name: EXAMPLE_NAME, door_ids: [EXAMPLE_DOOR_ID] },
  });

export const devicePatchSchema = z
  .strictObject({ name, door_ids: doorIds, offline_after_minutes: offlineAfter })
  .partial()
  .meta({ id: 'DevicePatch', example: { offline_after_minutes: 30 } });

export const rotationSchema = z
  .strictObject({
    overlap_minutes: minutes(0)
      .default(24 * 60)
      .meta({ description: 'How long the old secret still works; 0: not at all.', example: 1440 }),
  })
  .meta({ id: 'DeviceRotation', example: { overlap_minutes: 1440 } });

export const deviceQuery = z.strictObject({
  ...listParameters(['id', 'name', 'created_at']),
  state: state.optional().meta({ description: 'Only devices that stand so now.' }),
  door_id: uuid.optional().meta({ description: 'Only devices of this door.' }),
});

export const deviceId = deviceUuid.meta({ description: 'Id of the device.' });

export type NewDevice = z.infer<typeof newDeviceSchema>;
export type DevicePatch = z.infer<typeof devicePatchSchema>;
export type DeviceQuery = z.infer<typeof deviceQuery>;
export type DeviceRotation = z.infer<typeof rotationSchema>;
