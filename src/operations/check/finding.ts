/** One thing that was looked at. */
export interface Finding {
  result: 'ok' | 'warn' | 'fail';
  subject: string;
  /** What is so, and for a failure what to do. */
  text: string;
}

export const finding = (result: Finding['result'], subject: string, text: string): Finding => ({
  result,
  subject,
  text,
});
