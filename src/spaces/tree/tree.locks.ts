import type { Tx } from '../../platform/database/database.js';
import { unavailable } from '../../platform/errors/problem.js';

/**
 * Locks the trees of these spaces until the transaction ends: every change of the tree or of a count locks the rows of the
 * roots in `space_counts` first, in the order of ids. What was read before must be read again.
 * @throws Problem 503 in the rare case that a space went to another tree meanwhile.
 */
export async function lockTrees(tx: Tx, spaceIds: readonly string[]): Promise<void> {
  const roots = await rootsOf(tx, spaceIds);
  if (roots.length === 0) return;
  await tx.query({
    prepare: true,
    text: `SELECT FROM space_counts WHERE space_id = ANY($1) ORDER BY space_id FOR NO KEY UPDATE`,
    values: [roots],
  });
  // Locks in another order than that of the ids could end in a deadlock.
  if ((await rootsOf(tx, spaceIds)).some((root) => !roots.includes(root)))
    throw unavailable('A space was moved meanwhile. Send the request again.', 1);
}

async function rootsOf(tx: Tx, spaceIds: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ root: string }>({
    prepare: true,
    text: 'SELECT DISTINCT path[1] AS root FROM spaces WHERE id = ANY($1)',
    values: [spaceIds],
  });
  return rows.map(({ root }) => root);
}
