// What a spreadsheet would run as a formula (OWASP, CSV Injection).
const DANGEROUS = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/**
 * Puts a quote before a cell that a spreadsheet would run. A cell that begins with quotes and then such a
 * character gets one more as well: so every guarded cell begins with a quote of ours, and unguard() is exact.
 */
export const guard = (cell: string): string => (DANGEROUS.test(cell) ? `'${cell}` : cell);

/** Takes the quote of guard() away: unguard(guard(cell)) is the cell, whatever it holds. */
export const unguard = (cell: string): string => (GUARDED.test(cell) ? cell.slice(1) : cell);
