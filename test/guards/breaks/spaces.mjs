import { audited } from '../audited.mjs';

const SPACES = 'src/spaces/tree/space.service.ts';
const POLICY = 'src/spaces/tree/space.policy.ts';
const COUNTING = 'src/spaces/counting/counting.work.ts';
const VALIDATION = 'src/spaces/counting/event.validation.ts';
const LEDGER = 'src/spaces/counting/ledger.repository.ts';
const DOORS = 'src/spaces/doors/door.service.ts';
const GUARD = 'src/spaces/devices/device.guard.ts';
const DEVICES = 'src/spaces/devices/device.service.ts';
const DEVICE_ROWS = 'src/spaces/devices/device.repository.ts';
const DISPLAYS = 'src/spaces/displays/display-token.service.ts';
const DISPLAY_ROWS = 'src/spaces/displays/display-token.repository.ts';
const STREAMS = 'src/spaces/live/live.streams.ts';
const STREAM_RIGHTS = 'src/spaces/live/stream.rights.ts';

const TREE_SPEC = 'test/e2e/spaces/tree.spec.ts';
const MOVES_SPEC = 'test/e2e/spaces/moves.spec.ts';
const COUNTING_SPEC = 'test/e2e/spaces/counting.spec.ts';
const DEVICES_SPEC = 'test/e2e/spaces/devices.spec.ts';
const DISPLAYS_SPEC = 'test/e2e/spaces/display-tokens.spec.ts';
const BOARD_SPEC = 'test/e2e/spaces/board.spec.ts';
const LIVE_SPEC = 'test/e2e/spaces/live.spec.ts';
const AGAIN_SPEC = 'test/e2e/rights-again.spec.ts';
const IF_MATCH_SPEC = 'test/e2e/if-match.spec.ts';
const AUDIT_SPEC = 'test/e2e/audit-rows.spec.ts';

const auditedDevice = (what, action, operation) => ({
  what,
  file: DEVICES,
  from: `{ action: '${action}',`,
  to: `{ action: 'device.other',`,
  red: [[AUDIT_SPEC, operation]],
});

/** Spaces: the tree, counting, doors, devices, displays and who watches live. */
export default [
  {
    what: 'a space does not lie in itself',
    file: 'src/spaces/tree/space.moves.ts',
    from: 'if (above.includes(id)) throw inItself();',
    to: '',
    red: [[MOVES_SPEC, 'is refused where it would make a circle']],
  },
  {
    what: 'a space lies in one of a wider kind',
    file: POLICY,
    from: 'if (parent !== undefined && !isWithin(kind, parent))',
    to: 'if (false)',
    red: [[MOVES_SPEC, 'is refused where it would make a circle']],
  },
  {
    what: 'settings of a space are held to each other',
    file: POLICY,
    from: 'if (amber_percent > full_percent)',
    to: 'if (false)',
    red: [[TREE_SPEC, 'holds settings to each other']],
  },
  {
    what: 'counting begins earlier, never later',
    file: POLICY,
    from: 'if (was !== undefined && since > Date.parse(was))',
    to: 'if (false)',
    red: [[TREE_SPEC, 'lets counting begin earlier']],
  },
  {
    what: 'tickets of a space need the right to open tickets',
    file: SPACES,
    from: "assertMay(principal, 'ticket:create', 'ticket_for');",
    to: 'void principal;',
    red: [[TREE_SPEC, 'need the right to open tickets']],
  },
  {
    what: 'a space with something in it goes only when all shall go',
    file: SPACES,
    from: 'if (!recursive) await this.assertNothingDepends(tx, ids);',
    to: '',
    red: [[MOVES_SPEC, 'is refused while spaces lie in it']],
  },
  {
    what: 'the id of a space with a history is not given again',
    file: SPACES,
    from: 'if (input.id !== undefined && (await this.spaces.isRemembered(tx, id))) throw stillRemembered();',
    to: '',
    red: [['test/e2e/spaces/history.spec.ts', 'is taken until what was counted']],
  },
  {
    what: 'a change of a space is held to If-Match',
    file: SPACES,
    from: 'assertMatches(context.if_match, space.version);',
    to: '',
    red: [[IF_MATCH_SPEC, 'PATCH /api/v1/spaces/\\{id\\}']],
  },
  audited('a new space is audited', SPACES, 'space.create', 'POST /api/v1/spaces$', { indent: 6 }),
  audited('a change of a space is audited', SPACES, 'space.update', 'PATCH /api/v1/spaces/\\{id\\}', {
    indent: 6,
  }),
  {
    what: 'the end of a space is audited',
    file: SPACES,
    from: "action: 'space.delete',",
    to: "action: 'space.other',",
    red: [[AUDIT_SPEC, 'DELETE /api/v1/spaces/\\{id\\}']],
  },
  {
    what: 'a corrected count is audited',
    file: 'src/spaces/counting/counting.service.ts',
    from: "subject_type: 'space',",
    to: "subject_type: 'other',",
    red: [[AUDIT_SPEC, 'PUT /api/v1/spaces/\\{id\\}/occupancy']],
  },
  {
    what: 'rights are asked again inside the transaction that counts',
    file: COUNTING,
    from: 'assertMayPass(context.rule, principal);',
    to: '',
    red: [[AGAIN_SPEC, 'a count']],
  },
  {
    what: 'whoever is gone does not count',
    file: COUNTING,
    from: 'if (principal instanceof Problem) return principal;',
    to: 'if (principal instanceof Problem) return undefined;',
    red: [[AGAIN_SPEC, 'a count']],
  },
  {
    what: 'the door of a device is asked again inside the transaction that counts',
    file: COUNTING,
    from: "assertDeviceServesDoor(principal, 'door_id' in target ? target.door_id : '');",
    to: 'void assertDeviceServesDoor;',
    red: [[AGAIN_SPEC, 'a device counts']],
  },
  {
    what: 'an event counts once',
    file: COUNTING,
    from: "if (isSame(known, event, passage)) return { result: 'duplicate', state: stateOf(target) };",
    to: 'if (false) return { result: "duplicate", state: stateOf(target) };',
    red: [[COUNTING_SPEC, 'counts once, whenever']],
  },
  {
    what: 'an event that is sent again with another content is refused',
    file: VALIDATION,
    from: "return delta === event.delta && (known.kind === 'admission') === event.ask && (known.at === at || ranAhead);",
    to: 'return delta !== undefined && (at !== undefined || ranAhead);',
    red: [[COUNTING_SPEC, 'is another one with another content']],
  },
  {
    what: 'an event does not lie ahead',
    file: VALIDATION,
    from: 'if (at > now + MOST_AHEAD)',
    to: 'if (false)',
    red: [[COUNTING_SPEC, 'out of its time']],
  },
  {
    what: 'an event does not lie before the counting',
    file: VALIDATION,
    from: 'if (at < target.counting_since)',
    to: 'if (false)',
    red: [[COUNTING_SPEC, 'out of its time']],
  },
  {
    what: 'an event does not come later than the space accepts',
    file: VALIDATION,
    from: 'if (target.accept_late_days !== null && at < now - target.accept_late_days * DAY)',
    to: 'if (false)',
    red: [[COUNTING_SPEC, 'out of its time']],
  },
  {
    what: 'an event whose row is gone does not count again',
    file: VALIDATION,
    from: 'purged_before !== null && at < purged_before',
    to: 'purged_before !== null && at < 0',
    red: [[COUNTING_SPEC, 'whose row is gone']],
  },
  {
    what: 'nobody is admitted past the capacity',
    file: VALIDATION,
    from: 'space.inside + people > space.capacity,',
    to: 'space.inside + people > space.capacity * 1_000,',
    red: [[COUNTING_SPEC, 'is refused past the capacity']],
  },
  {
    what: 'nobody leaves where nobody is',
    file: VALIDATION,
    from: 'if (door_id !== null || delta > 0 || target.inside >= people) return undefined;',
    to: 'if (door_id !== undefined) return undefined;',
    red: [[COUNTING_SPEC, 'out of an empty space']],
  },
  {
    what: 'counts of one tree go one after the other',
    file: LEDGER,
    from: 'ORDER BY space_id FOR NO KEY UPDATE`',
    to: 'ORDER BY space_id`',
    red: [['test/e2e/spaces/counting-histories.long.spec.ts', 'count exactly']],
  },
  {
    what: 'a list of events has an end',
    file: 'src/spaces/counting/event.schemas.ts',
    from: '.max(MOST_EVENTS, `',
    to: '.max(1_000_000, `',
    red: [[COUNTING_SPEC, 'may be empty, and may not be longer']],
  },
  {
    what: 'a device posts for its own doors only',
    file: GUARD,
    from: 'if (!device.door_ids.includes(doorId))',
    to: 'if (false)',
    red: [[DEVICES_SPEC, 'counts at its doors']],
  },
  {
    what: 'a device is let in on the routes for devices only',
    file: GUARD,
    from: 'if (this.reflector.get(OR_DEVICE, execution.getHandler()) !== true) return true;',
    to: '',
    red: [[DEVICES_SPEC, 'opens no other operation']],
  },
  {
    what: 'a device gives its own secret',
    file: GUARD,
    from: 'if (found === undefined || !isTokenOf(token, found.hashes))',
    to: 'if (found === undefined)',
    red: [[DEVICES_SPEC, 'is refused when it is another']],
  },
  {
    what: 'a revoked device is none, with a secret left over too',
    file: DEVICE_ROWS,
    from: 'WHERE devices.id = $1 AND revoked_at IS NULL AND ${LIVE}`',
    to: 'WHERE devices.id = $1 AND ${LIVE}`',
    red: [[DEVICES_SPEC, 'with a secret that was left over']],
  },
  {
    what: 'a revoked device does not go on counting',
    file: DEVICE_ROWS,
    from: 'FROM devices WHERE id = ANY ($1) AND revoked_at IS NULL`',
    to: 'FROM devices WHERE id = ANY ($1)`',
    red: [[AGAIN_SPEC, 'a device counts']],
  },
  {
    what: 'an old secret of a device ends',
    file: DEVICE_ROWS,
    from: "const LIVE = '(expires_at IS NULL OR expires_at > now())';",
    to: "const LIVE = '(expires_at IS NULL OR expires_at IS NOT NULL)';",
    red: [[DEVICES_SPEC, 'lives on for a while']],
  },
  {
    what: 'a revoked device gets no new secret',
    file: DEVICES,
    from: "if (device.state === 'revoked')\n",
    to: 'if (false)\n',
    red: [[DEVICES_SPEC, 'stays revoked for good']],
  },
  {
    what: 'the secret of a device is not kept for a repeated request',
    file: DEVICES,
    from: '({ ...device, secret: null })',
    to: '({ ...device })',
    red: [[DEVICES_SPEC, 'shows its secret once']],
  },
  {
    what: 'a change of a device is held to If-Match',
    file: DEVICES,
    from: 'assertMatches(context.if_match, device.version);',
    to: '',
    red: [[IF_MATCH_SPEC, 'PATCH /api/v1/devices/\\{id\\}']],
  },
  auditedDevice('a new device is audited', 'device.create', 'POST /api/v1/devices$'),
  auditedDevice('a change of a device is audited', 'device.update', 'PATCH /api/v1/devices/\\{id\\}'),
  auditedDevice('a new secret is audited', 'device.rotate', 'POST /api/v1/devices/\\{id\\}/rotate'),
  auditedDevice('a revoked device is audited', 'device.revoke', 'POST /api/v1/devices/\\{id\\}/revoke'),
  auditedDevice('the end of a device is audited', 'device.delete', 'DELETE /api/v1/devices/\\{id\\}'),
  {
    what: 'a change of a door is held to If-Match',
    file: DOORS,
    from: 'assertMatches(context.if_match, door.version);',
    to: '',
    red: [[IF_MATCH_SPEC, 'PATCH /api/v1/doors/\\{id\\}']],
  },
  audited('a new door is audited', DOORS, 'door.create', 'POST /api/v1/doors$'),
  audited('a change of a door is audited', DOORS, 'door.update', 'PATCH /api/v1/doors/\\{id\\}'),
  audited('the end of a door is audited', DOORS, 'door.delete', 'DELETE /api/v1/doors/\\{id\\}'),
  {
    what: 'the list of display tokens is of one space',
    file: DISPLAY_ROWS,
    from: "[where('space_id = ?', spaceId)]",
    to: '[]',
    red: [[DISPLAYS_SPEC, 'is of one space']],
  },
  {
    what: 'a display token opens the board of its own space',
    file: 'src/spaces/board/board.service.ts',
    from: 'const display = displayOf(await this.tokenOf(secret));',
    to: 'const token = await this.tokenOf(secret); const display = displayOf({ ...token, space_id: token.id });',
    red: [[BOARD_SPEC, 'is its space, and the day so far']],
  },
  {
    what: 'a display token is found by its own secret',
    file: DISPLAY_ROWS,
    from: 'FROM display_tokens WHERE hash = $1`',
    to: 'FROM display_tokens WHERE hash = $1 OR true ORDER BY id LIMIT 1`',
    red: [[DISPLAYS_SPEC, 'is of one space']],
  },
  audited('a new display token is audited', DISPLAYS, 'display_token.create', 'display-tokens$', {
    indent: 10,
  }),
  audited(
    'the end of a display token is audited',
    DISPLAYS,
    'display_token.delete',
    'display-tokens/\\{id\\}',
  ),
  {
    what: 'an instance has no more streams than it may',
    file: STREAMS,
    from: 'if (this.open.size + this.opening >= this.settings.current.limits.streams.instance)',
    to: 'if (false)',
    red: [[LIVE_SPEC, 'an instance has no more than it may']],
  },
  {
    what: 'a user has no more streams than they may',
    file: STREAMS,
    from: 'if (release === undefined) throw this.tooMany(principal);',
    to: 'if (release === undefined) return void describeStream(reply).send();',
    red: [[LIVE_SPEC, 'is limited over all instances']],
  },
  {
    what: 'a stream ends with its token',
    file: STREAM_RIGHTS,
    from: "if (before.type === 'user' && this.clock.now() >= before.token_expires_at)",
    to: 'if (false)',
    red: [[LIVE_SPEC, 'when its token expires']],
  },
  {
    what: 'a stream ends with its session',
    file: STREAM_RIGHTS,
    from: 'if (principal instanceof Problem) return principal;',
    to: 'if (principal instanceof Problem) return undefined;',
    red: [[LIVE_SPEC, 'when its session ends']],
  },
  {
    what: 'a stream ends with the right to watch',
    file: STREAM_RIGHTS,
    from: 'assertMayPass(rule, principal);',
    to: '',
    red: [[LIVE_SPEC, 'when its user loses the role']],
  },
  {
    what: 'the end of a display token with its space is audited',
    file: 'src/spaces/displays/tokens-of-deleted-spaces.ts',
    from: 'removed.map((before)',
    to: '[].map((before)',
    red: [[DISPLAYS_SPEC, 'goes with its space, as when it is revoked']],
  },
];
