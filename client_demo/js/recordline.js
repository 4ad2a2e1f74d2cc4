/**
 * The line of the record over time, as a drawing: a step at each record, dots for what was none,
 * and the bounds of the eras. What it shows is told in a list beside it as well.
 *
 * @import {RecordEntry, SeasonBook} from './types.js'
 */

import { count } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 280;
const LEFT = 54;
const RIGHT = 14;
const TOP = 26;
const BOTTOM = 30;
const DAY = 86_400;
/** Room between two names of months, px. */
const APART = 56;

const MONTH = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' });
const YEAR = new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: 'UTC' });

function shape(tag, attributes, words) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (words !== undefined) node.textContent = words;
  return node;
}

/** Round figures up to a little above `most`, at most four of them. */
export function steps(most) {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((one) => one * power >= rough) * power);
  return Array.from({ length: Math.ceil(most / step) }, (_, index) => (index + 1) * step);
}

/** The first of each month between two times, in seconds since the Unix epoch. */
export function months(since, until) {
  const found = [];
  const start = new Date(since * 1000);
  for (let month = 0; ; month += 1) {
    const at = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + month, 1) / 1000;
    if (at > until) return found;
    if (at >= since - DAY) found.push(at);
  }
}

/** @param {SeasonBook} book @param {number} width px */
export function drawLine(book, width) {
  const svg = shape('svg', {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    width,
    height: HEIGHT,
    role: 'img',
    'aria-label': 'The record over time; the list below says the same in words',
    class: 'record-line',
  });
  const most = Math.max(1, ...book.top.map((entry) => entry.listeners));
  const scale = steps(most);
  const x = (at) => LEFT + ((at - book.since) / (book.until - book.since)) * (width - LEFT - RIGHT);
  const y = (listeners) => HEIGHT - BOTTOM - (listeners / scale.at(-1)) * (HEIGHT - TOP - BOTTOM);
  for (const value of scale) {
    svg.append(
      shape('line', { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: 'grid' }),
      shape('text', { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }, count(value)),
    );
  }
  let free = -Infinity;
  // A month is told apart by its name within a year only.
  const { format } = book.until - book.since > 366 * DAY ? YEAR : MONTH;
  for (const at of months(book.since, book.until)) {
    if (x(at) < free || x(at) > width - APART / 2) continue;
    free = x(at) + APART;
    svg.append(shape('text', { x: x(at), y: HEIGHT - 8 }, format(at * 1000)));
  }
  for (const { since, title } of book.eras) {
    if (since === null || since <= book.since) continue;
    const late = x(since) > width / 2;
    svg.append(
      shape('line', { x1: x(since), x2: x(since), y1: TOP - 10, y2: y(0), class: 'era' }),
      shape(
        'text',
        { x: x(since) + (late ? -6 : 6), y: TOP - 8, 'text-anchor': late ? 'end' : 'start' },
        title,
      ),
    );
  }
  let path = `M${x(book.since)} ${y(0)}`;
  for (const { at, listeners } of book.line) path += `H${x(at)}V${y(listeners)}`;
  svg.append(shape('path', { d: `${path}H${x(Math.min(book.at, book.until))}`, class: 'step' }));
  const records = new Set(book.line.map((entry) => entry.entry));
  for (const entry of book.top) {
    const dot = shape('circle', {
      cx: x(entry.at),
      cy: y(entry.listeners),
      r: records.has(entry.entry) ? 6 : 4,
      class: records.has(entry.entry) ? 'dot record' : 'dot',
    });
    dot.append(shape('title', {}, `${entry.title}: ${count(entry.listeners)}`));
    svg.append(dot);
  }
  return svg;
}
