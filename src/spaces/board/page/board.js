import { drawCurve } from './curve.js';
import { Live } from './live.js';

const MINUTE_MS = 60_000;
/** The curve is drawn from the answers of the server and, between two of them, from the stream. */
const REFRESH_MS = 5 * MINUTE_MS;
/** A screen reader does not speak every step. */
const SPEAK_MS = 10_000;
/** A newer page is fetched after a while of up to this, so that all screens do not ask at once. */
const RELOAD_MS = MINUTE_MS;

const at = (id) => document.getElementById(id);
const board = at('board');
const write = (id, text) => {
  if (at(id).textContent !== text) at(id).textContent = text;
};
const number = (value) => value.toLocaleString('en');

let state;
let day;
let words = {};
/** Milliseconds from the clock of this screen to that of the server. */
let clockOffset = 0;
let unspoken = '';
let speaking;
let spokenAt = 0;

const now = () => Date.now() + clockOffset;
const timeOf = (moment) =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: day?.time_zone }).format(
    moment,
  );

const live = new Live(location.pathname.replace(/\/+$/, ''), {
  board: takeBoard,
  state: takeState,
  connection: showConnection,
});

function takeBoard(given) {
  reloadWhenNewer(given.page_version);
  clockOffset = Date.parse(given.now) - Date.now();
  words = given.words;
  day = {
    ...given.day,
    from: Date.parse(given.day.from),
    to: Date.parse(given.day.to),
    points: given.day.points.map((point) => ({ ...point, at: Date.parse(point.at) })),
  };
  // The stream may have brought newer numbers meanwhile.
  if (state === undefined || given.state.seq >= state.seq) state = given.state;
  show();
}

function takeState(given) {
  if (state !== undefined && given.seq < state.seq) return;
  state = given;
  const changed = Date.parse(given.changed_at);
  const last = day.points.at(-1);
  // A point a minute is more than the curve can show.
  if (last !== undefined && changed - last.at < MINUTE_MS) last.occupancy = given.occupancy;
  else day.points.push({ at: changed, occupancy: given.occupancy });
  show();
}

function placesOf({ capacity, occupancy, free }) {
  if (capacity === null) return ['', ''];
  if (occupancy > capacity) return [number(occupancy - capacity), 'over capacity'];
  return [number(free), `of ${number(capacity)} places free`];
}

function show() {
  const { name, occupancy, capacity, level } = state;
  const title = name ?? 'Occupancy';
  const [free, unit] = placesOf(state);
  const word = capacity === null ? '' : words[level];
  board.dataset.level = capacity === null ? 'unlimited' : level;
  write('name', title);
  at('name').dataset.length = title.length > 26 ? 'long' : 'short';
  write('occupancy', number(occupancy));
  at('occupancy').dataset.length = String(number(occupancy).length);
  write('people', `${occupancy === 1 ? 'person' : 'people'} inside`);
  write('word', word);
  at('word').dataset.length = word.length > 5 ? 'long' : 'short';
  write('free', free);
  at('free').dataset.length = String(free.length);
  write('unit', unit);
  document.title = `${number(occupancy)} · ${title}`;
  showTime();
  const parts = [`${title}: ${number(occupancy)} inside`, free && `${free} ${unit}`, word];
  speak(`${parts.filter(Boolean).join(', ')}.`);
}

function speak(sentence) {
  unspoken = sentence;
  const pause = Math.max(0, spokenAt + SPEAK_MS - Date.now());
  speaking ??= setTimeout(() => {
    speaking = undefined;
    spokenAt = Date.now();
    write('spoken', unspoken);
  }, pause);
}

function showConnection() {
  const { connection, heardAt } = live;
  board.dataset.connection = connection;
  write('connection', { live: 'Live', stale: 'Not live', gone: 'Ended' }[connection] ?? 'Connecting');
  const warnings = {
    stale: `Not live since ${timeOf(heardAt + clockOffset)}`,
    gone: 'This link was revoked. Ask for a new one.',
  };
  write('warning', warnings[connection] ?? '');
  if (connection !== 'gone') return;
  // A display without a valid token must not show the number any more.
  state = undefined;
  clearTimeout(speaking);
  speaking = undefined;
  for (const id of ['name', 'occupancy', 'people', 'word', 'free', 'unit', 'spoken']) write(id, '');
  at('curve').replaceChildren();
  document.title = 'Ended';
}

function reloadWhenNewer(version) {
  if (version === document.documentElement.dataset.version) return;
  setTimeout(() => location.reload(), Math.random() * RELOAD_MS);
}

function showTime() {
  if (state === undefined) return;
  write('clock', timeOf(now()));
  // Times for which no number was received are not drawn.
  const known = live.connection === 'stale' ? live.heardAt + clockOffset : now();
  drawCurve(at('curve'), day, state.capacity, known);
  if (now() >= day.to) void live.refresh();
}

setInterval(showTime, MINUTE_MS / 6);
setInterval(() => void live.refresh(), REFRESH_MS);
new ResizeObserver(showTime).observe(at('curve'));
live.start();
