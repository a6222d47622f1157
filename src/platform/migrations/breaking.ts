import { connectedApplications } from '../database/connected.js';
import type { Queryable } from '../database/database.js';
import { breakingAmong } from './steps.js';

/**
 * Why migrations that are pending have to wait, and the way, in one sentence: an older release serves, and could not live
 * with them. undefined when none of them is breaking, or nobody is connected.
 */
export async function servesMeanwhile(
  db: Queryable,
  pending: readonly string[],
): Promise<string | undefined> {
  const breaking = breakingAmong(pending);
  if (breaking.length === 0) return undefined;
  const names = await connectedApplications(db);
  if (names === undefined) return undefined;
  return (
    `the release before cannot live with ${breaking.join(', ')}, and it is running (${names}): stop every instance and worker ` +
    `first (systemctl stop frontdesk.target 'frontdesk@*' frontdesk-worker), do this again, then start them ` +
    `(systemctl start frontdesk.target); see "When everything must be stopped" in deploy/README.md`
  );
}
