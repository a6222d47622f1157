import { drawCurve } from './curve.js';
import { Live } from './live.js';

const MINUTE_MS = 60_000;
/** The curve is made of what the server knows, and in between of what the stream told. */
const REFRESH_MS = 5 * MINUTE_MS;
/** Somebody who listens is not told of every step. */
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
/** How far the clock of this screen is behind that of the server. */
let behind = 0;
let spokenAt = 0;

const now = () => Date.now() + behind;
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
  behind = Date.parse(given.now) - Date.now();
  words = given.words;
  day = {
    ...given.day,
    from: Date.parse(given.day.from),
    to: Date.parse(given.day.to),
    points: given.day.points.map((point) => ({ ...point, at: Date.parse(point.at) })),
  };
  // The stream may have told more meanwhile.
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
  if (capacity === null) return ['', '', ''];
  const of = `of ${number(capacity)}`;
  if (occupancy > capacity) return [number(occupancy - capacity), 'over capacity', of];
  return [number(free), free === 1 ? 'place free' : 'places free', of];
}

function show() {
  const { name, occupancy, capacity, level } = state;
  const title = name ?? 'Occupancy';
  const [free, unit, of] = placesOf(state);
  const word = capacity === null ? '' : words[level];
  board.dataset.level = capacity === null ? 'unlimited' : level;
  write('name', title);
  write('occupancy', number(occupancy));
  at('occupancy').dataset.length = String(number(occupancy).length);
  write('people', `${occupancy === 1 ? 'person' : 'people'} inside`);
  write('word', word);
  at('word').dataset.length = word.length > 5 ? 'long' : 'short';
  write('free', free);
  write('unit', unit);
  write('capacity', of);
  document.title = `${number(occupancy)} · ${title}`;
  drawCurve(at('curve'), day, capacity, now());
  speak(
    [`${title}: ${number(occupancy)} inside`, free && `${free} ${unit}`, word].filter(Boolean).join(', '),
  );
}

function speak(sentence) {
  if (Date.now() - spokenAt < SPEAK_MS) return;
  spokenAt = Date.now();
  write('spoken', `${sentence}.`);
}

function showConnection() {
  const { connection, heardAt } = live;
  board.dataset.connection = connection;
  write('connection', { live: 'Live', stale: 'Not live', gone: 'Ended' }[connection] ?? 'Connecting');
  const warnings = {
    stale: `Not live since ${timeOf(heardAt + behind)}`,
    gone: 'This link was revoked. Ask for a new one.',
  };
  write('warning', warnings[connection] ?? '');
  if (connection !== 'gone') return;
  // Whoever may not know the number any more shall not go on reading it.
  state = undefined;
  for (const id of ['occupancy', 'people', 'word', 'free', 'unit', 'capacity']) write(id, '');
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
  drawCurve(at('curve'), day, state.capacity, now());
  if (now() >= day.to) void live.refresh();
}

setInterval(showTime, MINUTE_MS / 6);
setInterval(() => void live.refresh(), REFRESH_MS);
new ResizeObserver(showTime).observe(at('curve'));
live.start();
