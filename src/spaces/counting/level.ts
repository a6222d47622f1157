/** How full a space is, in words, from the emptiest. */
export const LEVELS = ['free', 'amber', 'full'] as const;
export type Level = (typeof LEVELS)[number];

/** Shares of the capacity, in percent. */
export interface Thresholds {
  amber_percent: number;
  full_percent: number;
  /** How far below its threshold the share must fall before a level is left. */
  hysteresis_percent: number;
}

/**
 * The level after the number changed: it rises at a threshold and falls below threshold minus hysteresis, so that one
 * person in the doorway does not make it flicker. Without a capacity, and with nobody inside, it is always free.
 * @param current the level before.
 * @param shown how many are inside, never below 0.
 */
export function levelOf(
  current: Level,
  shown: number,
  capacity: number | null,
  { amber_percent, full_percent, hysteresis_percent }: Thresholds,
): Level {
  if (capacity === null || shown <= 0) return 'free';
  const reaches = (percent: number): boolean => shown * 100 >= percent * capacity;
  const keeps = (percent: number): boolean => reaches(percent - hysteresis_percent);
  if (reaches(full_percent) || (current === 'full' && keeps(full_percent))) return 'full';
  if (reaches(amber_percent) || (current !== 'free' && keeps(amber_percent))) return 'amber';
  return 'free';
}
