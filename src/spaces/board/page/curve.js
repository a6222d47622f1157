const SVG = 'http://www.w3.org/2000/svg';
const HOUR_MS = 3_600_000;
/** Steps that people count in. */
const STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

function draw(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/** Round numbers from 0 to the top or a little above it, few enough to be read. */
function ticksUpTo(top, most) {
  const step = STEPS.find((each) => top / each <= most) ?? 100_000;
  return Array.from({ length: Math.ceil(top / step) + 1 }, (_, index) => index * step);
}

/** Every whole hour of the local day, of which some have 23 or 25. */
function hoursOf({ from, to }, everyHours) {
  const hours = [];
  for (let at = from; at <= to; at += HOUR_MS) if (((at - from) / HOUR_MS) % everyHours === 0) hours.push(at);
  return hours;
}

/**
 * Draws the count over a day: steps, since people come one by one, up to now.
 * @param day `{from, to, time_zone, points: [{at, occupancy}]}`, times in milliseconds.
 */
export function drawCurve(svg, day, capacity, now) {
  const { width, height } = svg.getBoundingClientRect();
  if (width === 0 || height === 0) return;
  const em = Number.parseFloat(getComputedStyle(svg).fontSize);
  svg.replaceChildren();
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);

  const peak = Math.max(0, ...day.points.map(({ occupancy }) => occupancy));
  const ticks = ticksUpTo(Math.max(capacity ?? 0, peak, 4), Math.max(2, Math.floor(height / (em * 2.6))));
  const widest = ticks.at(-1).toLocaleString('en').length;
  const area = {
    left: em * (0.9 + widest * 0.6),
    right: width - em * 1.6,
    top: em * 1.2,
    bottom: height - em * 1.7,
  };
  const top = Math.max(ticks.at(-1), peak);
  const x = (at) => area.left + ((at - day.from) / (day.to - day.from)) * (area.right - area.left);
  const y = (people) => area.bottom - (people / top) * (area.bottom - area.top);

  for (const people of ticks) {
    draw(svg, 'line', { class: 'grid', x1: area.left, x2: area.right, y1: y(people), y2: y(people) });
    draw(
      svg,
      'text',
      {
        class: 'axis',
        x: area.left - em * 0.5,
        y: y(people),
        'text-anchor': 'end',
        'dominant-baseline': 'central',
      },
      people.toLocaleString('en'),
    );
  }
  const clock = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: day.time_zone,
  });
  const room = (area.right - area.left) / (em * 3.4);
  const every = [1, 2, 3, 4, 6, 12].find((hours) => 24 / hours <= room) ?? 12;
  for (const at of hoursOf(day, every)) {
    draw(svg, 'line', { class: 'grid', x1: x(at), x2: x(at), y1: area.bottom, y2: area.bottom + em * 0.3 });
    draw(
      svg,
      'text',
      { class: 'axis', x: x(at), y: area.bottom + em * 1.3, 'text-anchor': 'middle' },
      at === day.to ? '24:00' : clock.format(at),
    );
  }

  if (capacity !== null) {
    const line = y(capacity);
    draw(svg, 'line', { class: 'limit', x1: area.left, x2: area.right, y1: line, y2: line });
    // At night there is room for it; on a phone there is none.
    const text = `capacity ${capacity.toLocaleString('en')}`;
    if (width > em * 45)
      draw(svg, 'text', { class: 'axis', x: area.left + em * 0.4, y: line - em * 0.4 }, text);
  }

  const shown = day.points.filter(({ at }) => at >= day.from && at <= now);
  if (shown.length > 0) {
    const [first] = shown;
    const until = Math.min(now, day.to);
    let line = `M${x(first.at)} ${y(first.occupancy)}`;
    for (const { at, occupancy } of shown.slice(1)) line += `H${x(at)}V${y(occupancy)}`;
    line += `H${x(until)}`;
    draw(svg, 'path', { class: 'under', d: `${line}V${y(0)}H${x(first.at)}Z` });
    draw(svg, 'path', { class: 'line', d: line });
    draw(svg, 'circle', { class: 'now', cx: x(until), cy: y(shown.at(-1).occupancy), r: em * 0.36 });
  }
}
