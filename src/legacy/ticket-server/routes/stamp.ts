/** `YYYY-MM-DD HH:MM:SS` in UTC, cut from the text the database gives. */
const stamp = (moment: string): string => moment.slice(0, 19).replace('T', ' ');

interface Stamped {
  version: number;
  created_at: string;
  updated_at: string;
}

/** Both times of a row; a row in its first version was never updated. */
export const stampsOf = ({
  version,
  created_at,
  updated_at,
}: Stamped): { created: string; updated: string | null } => ({
  created: stamp(created_at),
  updated: version === 1 ? null : stamp(updated_at),
});
