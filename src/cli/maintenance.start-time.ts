import { UsageError } from './shell.js';

const MINUTE_MS = 60_000;
/** People with a form open get about twenty minutes. */
const SHORTEST_NOTICE_MINUTES = 21;

interface Wanted {
  /** HH:MM in the time zone of this process. */
  time?: string | undefined;
  /** YYYY-MM-DD */
  date?: string | undefined;
  now?: boolean | undefined;
}

/** The next five-minute mark that is 21 to 25 whole minutes ahead. */
function nextMark(now: Date): Date {
  const mark = new Date(now);
  mark.setSeconds(0, 0);
  mark.setMinutes(Math.ceil((mark.getMinutes() + SHORTEST_NOTICE_MINUTES) / 5) * 5);
  return mark;
}

/** @returns undefined when the clocks are put forward over it, in some zones by half an hour. */
function atTime(day: Date, time: string): Date | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours === undefined) throw new UsageError(`the time must be HH:MM, such as 22:30, and not ${time}`);
  const found = new Date(day.getFullYear(), day.getMonth(), day.getDate(), Number(hours), Number(minutes));
  return found.getHours() === Number(hours) && found.getMinutes() === Number(minutes) ? found : undefined;
}

function onDate(date: string): Date {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  const found = new Date(Number(year), Number(month) - 1, Number(day));
  if (found.getMonth() !== Number(month) - 1)
    throw new UsageError(`--date must be a day such as 2026-11-22, and not ${date}`);
  return found;
}

/**
 * When a maintenance starts: without any wish in a little over twenty minutes; a time alone is the next such time.
 * @returns undefined for "now", which the database's clock decides.
 * @throws UsageError for wishes that contradict each other or lie in the past.
 */
export function startTime({ time, date, now: atOnce }: Wanted, now: Date): Date | undefined {
  if (atOnce) {
    if (time !== undefined || date !== undefined)
      throw new UsageError('--now takes neither a time nor --date');
    return undefined;
  }
  if (date !== undefined && time === undefined)
    throw new UsageError('--date needs a time: HH:MM --date YYYY-MM-DD');
  if (time === undefined) return nextMark(now);
  if (date === undefined) {
    const days = [0, 1, 2].map((ahead) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead));
    const next = days.map((day) => atTime(day, time)).find((at) => at !== undefined && at > now);
    if (next === undefined) throw new UsageError(`there is no ${time} within two days; say --date`);
    return next;
  }
  const chosen = atTime(onDate(date), time);
  if (chosen === undefined)
    throw new UsageError(`there is no ${time} on that day: the clocks are put forward over it`);
  if (chosen.getTime() < now.getTime() - MINUTE_MS)
    throw new UsageError(`${date} ${time} is past; --now starts at once`);
  return chosen;
}
