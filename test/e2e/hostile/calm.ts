/**
 * Measures until the machine had nothing else to do: what is slow by itself is slow in every round.
 * @returns the first result that is calm, or the last one.
 */
export async function untilCalm<T>(
  measure: () => Promise<T>,
  isCalm: (result: T) => boolean,
  rounds = 5,
): Promise<T> {
  for (let round = 1; ; round += 1) {
    const result = await measure();
    if (round === rounds || isCalm(result)) return result;
  }
}

/** Starving requests take a hundred times as long as on their own. */
const MULTIPLE = 10;

/** The 95th percentile of these times. */
export const p95 = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;

/**
 * The time of requests under an attack, as a share of what they may take: above 1 is too slow.
 * @param allowed milliseconds on a machine of its own; where others work beside us, a multiple of the same without the attack.
 */
export const shareOf = (allowed: number, underAttack: number, quiet: number): number =>
  underAttack / Math.max(allowed, MULTIPLE * quiet);
