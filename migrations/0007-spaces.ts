import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Spaces, what counts in them, and what was counted. `space_events` and the roll-ups refer to spaces without a foreign
 * key: a check on each counted event would cost more than the event, and a job removes what a deleted space leaves.
 */
export class Spaces1764000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TREE);
    await runner.query(DOORS_AND_DEVICES);
    await runner.query(LEDGER);
    await runner.query(HISTORY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE rollup_marks, door_quarters, space_hours, space_quarters, space_minutes, space_alerts, space_events, space_counts,
        display_tokens, device_secrets, device_doors, devices, doors, spaces;
    `);
  }
}

const TREE = `
  CREATE TABLE spaces (
    id uuid CONSTRAINT spaces_pkey PRIMARY KEY,
    parent_id uuid CONSTRAINT spaces_parent_id_fkey REFERENCES spaces (id),
    path uuid[] NOT NULL,
    kind text NOT NULL,
    name text,
    time_zone text,
    capacity integer,
    over_capacity text NOT NULL DEFAULT 'allow',
    opening_hours jsonb,
    tags text[] NOT NULL DEFAULT '{}',
    amber_percent integer NOT NULL DEFAULT 80,
    full_percent integer NOT NULL DEFAULT 100,
    hysteresis_percent integer NOT NULL DEFAULT 5,
    ticket_for bigint CONSTRAINT spaces_ticket_for_fkey REFERENCES employees (id),
    ticket_owner_id bigint CONSTRAINT spaces_ticket_owner_id_fkey REFERENCES users (id),
    counting_since timestamptz NOT NULL DEFAULT now(),
    accept_late_days integer DEFAULT 7,
    keep_events_days integer DEFAULT 90,
    reset_at text,
    reset_since timestamptz,
    public boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT spaces_path_check CHECK (path[cardinality(path)] = id AND (parent_id IS NULL) = (cardinality(path) = 1)),
    CONSTRAINT spaces_kind_check CHECK (kind IN ('site', 'building', 'floor', 'room', 'zone')),
    CONSTRAINT spaces_name_check CHECK (name <> ''),
    CONSTRAINT spaces_capacity_check CHECK (capacity BETWEEN 1 AND 100000),
    CONSTRAINT spaces_over_capacity_check CHECK (over_capacity IN ('allow', 'refuse')),
    CONSTRAINT spaces_thresholds_check CHECK (
      amber_percent BETWEEN 1 AND full_percent AND full_percent <= 1000 AND hysteresis_percent BETWEEN 0 AND 100),
    CONSTRAINT spaces_ticket_for_check CHECK ((ticket_for IS NULL) = (ticket_owner_id IS NULL)),
    CONSTRAINT spaces_late_check CHECK (
      keep_events_days IS NULL OR (accept_late_days IS NOT NULL AND accept_late_days <= keep_events_days)),
    CONSTRAINT spaces_reset_check CHECK ((reset_at IS NULL) = (reset_since IS NULL)),
    CONSTRAINT spaces_version_check CHECK (version > 0)
  );
  CREATE INDEX spaces_parent_id_idx ON spaces (parent_id, id);
  CREATE INDEX spaces_path_idx ON spaces USING gin (path);
  CREATE INDEX spaces_tags_idx ON spaces USING gin (tags);
  CREATE INDEX spaces_kind_idx ON spaces (kind, id);
  CREATE INDEX spaces_name_idx ON spaces ((coalesce(name, '')) COLLATE "C", id);
  CREATE INDEX spaces_search_idx ON spaces USING gin (lower(name) gin_trgm_ops);
  CREATE INDEX spaces_created_at_idx ON spaces (created_at, id);
  CREATE INDEX spaces_ticket_for_idx ON spaces (ticket_for) WHERE ticket_for IS NOT NULL;
  CREATE INDEX spaces_ticket_owner_id_idx ON spaces (ticket_owner_id) WHERE ticket_owner_id IS NOT NULL;
  CREATE INDEX spaces_reset_idx ON spaces (id) WHERE reset_at IS NOT NULL;

  CREATE TABLE display_tokens (
    id uuid CONSTRAINT display_tokens_pkey PRIMARY KEY,
    space_id uuid NOT NULL CONSTRAINT display_tokens_space_id_fkey REFERENCES spaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    hash bytea NOT NULL CONSTRAINT display_tokens_hash_key UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT display_tokens_name_check CHECK (name <> '')
  );
  CREATE INDEX display_tokens_space_id_idx ON display_tokens (space_id, id);
`;

const DOORS_AND_DEVICES = `
  CREATE TABLE doors (
    id uuid CONSTRAINT doors_pkey PRIMARY KEY,
    name text NOT NULL,
    from_space_id uuid CONSTRAINT doors_from_space_id_fkey REFERENCES spaces (id),
    to_space_id uuid CONSTRAINT doors_to_space_id_fkey REFERENCES spaces (id),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT doors_name_check CHECK (name <> ''),
    CONSTRAINT doors_ends_check CHECK (from_space_id IS DISTINCT FROM to_space_id),
    CONSTRAINT doors_version_check CHECK (version > 0)
  );
  CREATE INDEX doors_from_space_id_idx ON doors (from_space_id, id);
  CREATE INDEX doors_to_space_id_idx ON doors (to_space_id, id);
  CREATE INDEX doors_name_idx ON doors (name COLLATE "C", id);
  CREATE INDEX doors_created_at_idx ON doors (created_at, id);

  CREATE TABLE devices (
    id uuid CONSTRAINT devices_pkey PRIMARY KEY,
    name text NOT NULL,
    offline_after_minutes integer NOT NULL DEFAULT 15,
    last_seen_at timestamptz,
    offline_at timestamptz NOT NULL DEFAULT now(),
    clock_skew_seconds integer,
    revoked_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT devices_name_check CHECK (name <> ''),
    CONSTRAINT devices_offline_after_minutes_check CHECK (offline_after_minutes BETWEEN 1 AND 10080),
    CONSTRAINT devices_version_check CHECK (version > 0)
  );
  CREATE INDEX devices_offline_at_idx ON devices (offline_at, id);
  CREATE INDEX devices_revoked_at_idx ON devices (id) WHERE revoked_at IS NOT NULL;
  CREATE INDEX devices_name_idx ON devices (name COLLATE "C", id);
  CREATE INDEX devices_created_at_idx ON devices (created_at, id);

  CREATE TABLE device_doors (
    device_id uuid NOT NULL CONSTRAINT device_doors_device_id_fkey REFERENCES devices (id) ON DELETE CASCADE,
    door_id uuid NOT NULL CONSTRAINT device_doors_door_id_fkey REFERENCES doors (id) ON DELETE CASCADE,
    CONSTRAINT device_doors_pkey PRIMARY KEY (device_id, door_id)
  );
  CREATE INDEX device_doors_door_id_idx ON device_doors (door_id);

  CREATE TABLE device_secrets (
    id uuid CONSTRAINT device_secrets_pkey PRIMARY KEY,
    device_id uuid NOT NULL CONSTRAINT device_secrets_device_id_fkey REFERENCES devices (id) ON DELETE CASCADE,
    hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
  );
  CREATE INDEX device_secrets_device_id_idx ON device_secrets (device_id);
`;

const LEDGER = `
  -- Narrow and apart from the settings: one row is rewritten by every event.
  CREATE TABLE space_counts (
    space_id uuid CONSTRAINT space_counts_pkey PRIMARY KEY
      CONSTRAINT space_counts_space_id_fkey REFERENCES spaces (id) ON DELETE CASCADE,
    inside bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0,
    level text NOT NULL DEFAULT 'free',
    level_since timestamptz NOT NULL DEFAULT now(),
    anchored_at timestamptz,
    purged_before timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT space_counts_level_check CHECK (level IN ('free', 'amber', 'full'))
  ) WITH (fillfactor = 50);

  -- What each event did to each space that it entered or left: append-only.
  CREATE TABLE space_events (
    event_id uuid NOT NULL,
    space_id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    delta bigint NOT NULL,
    value bigint,
    target boolean NOT NULL,
    door_id uuid,
    device_id uuid,
    user_id bigint,
    reason text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT space_events_kind_check CHECK (kind IN ('passage', 'admission', 'anchor', 'reset', 'carry')),
    CONSTRAINT space_events_value_check CHECK ((value IS NOT NULL) = (kind IN ('anchor', 'reset')))
  );
  CREATE UNIQUE INDEX space_events_event_id_key ON space_events (event_id) WHERE target;
  CREATE INDEX space_events_space_id_idx ON space_events (space_id, at);
  CREATE INDEX space_events_value_idx ON space_events (space_id, at) WHERE value IS NOT NULL;

  CREATE TABLE space_alerts (
    id bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT space_alerts_pkey PRIMARY KEY,
    space_id uuid NOT NULL CONSTRAINT space_alerts_space_id_fkey REFERENCES spaces (id) ON DELETE CASCADE,
    level text NOT NULL,
    occupancy bigint NOT NULL,
    capacity integer NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    cleared_at timestamptz,
    delivered_at timestamptz,
    ticket_id bigint CONSTRAINT space_alerts_ticket_id_fkey REFERENCES tickets (id) ON DELETE SET NULL,
    CONSTRAINT space_alerts_level_check CHECK (level IN ('amber', 'full'))
  );
  CREATE INDEX space_alerts_space_id_idx ON space_alerts (space_id, id);
  CREATE INDEX space_alerts_open_idx ON space_alerts (space_id) WHERE cleared_at IS NULL;
  CREATE INDEX space_alerts_ticket_id_idx ON space_alerts (ticket_id) WHERE ticket_id IS NOT NULL;
`;

const HISTORY = `
  -- Quarters of an hour, since in some zones midnight lies on one. Their keys and those of the hours hold the whole row:
  -- rows of all spaces lie between one another, and a month of one space would else be read from as many pages as it has hours.
  -- Sparse: a minute, quarter or hour in which nothing happened has no row. min, max and last may lie below zero.
  CREATE TABLE space_minutes (
    space_id uuid NOT NULL,
    minute timestamptz NOT NULL,
    entered bigint NOT NULL,
    departed bigint NOT NULL,
    min bigint NOT NULL,
    max bigint NOT NULL,
    last bigint NOT NULL,
    person_seconds double precision NOT NULL,
    CONSTRAINT space_minutes_pkey PRIMARY KEY (space_id, minute)
  );
  CREATE TABLE space_quarters (
    space_id uuid NOT NULL,
    quarter timestamptz NOT NULL,
    entered bigint NOT NULL,
    departed bigint NOT NULL,
    min bigint NOT NULL,
    max bigint NOT NULL,
    last bigint NOT NULL,
    person_seconds double precision NOT NULL,
    CONSTRAINT space_quarters_pkey PRIMARY KEY (space_id, quarter) INCLUDE (entered, departed, min, max, last, person_seconds)
  );
  CREATE TABLE space_hours (
    space_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    entered bigint NOT NULL,
    departed bigint NOT NULL,
    min bigint NOT NULL,
    max bigint NOT NULL,
    last bigint NOT NULL,
    person_seconds double precision NOT NULL,
    CONSTRAINT space_hours_pkey PRIMARY KEY (space_id, hour) INCLUDE (entered, departed, min, max, last, person_seconds)
  );
  -- Who came into a space and left it through which door.
  CREATE TABLE door_quarters (
    space_id uuid NOT NULL,
    quarter timestamptz NOT NULL,
    door_id uuid NOT NULL,
    entered bigint NOT NULL,
    departed bigint NOT NULL,
    CONSTRAINT door_quarters_pkey PRIMARY KEY (space_id, quarter, door_id)
  );

  -- Between which moments events came of which the roll-ups of a space do not know: appended with the events, taken
  -- away by the job.
  CREATE TABLE rollup_marks (
    space_id uuid NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT rollup_marks_until_check CHECK (since <= until)
  );
  CREATE INDEX rollup_marks_space_id_idx ON rollup_marks (space_id, since);
`;
