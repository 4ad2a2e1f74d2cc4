/**
 * The line of the record over time, as a drawing: a step at each record, dots for what was none,
 * and the bounds of the eras. What it shows is told in a list beside it as well.
 *
 * @import {RecordEntry, SeasonBook} from '../wire/types.js'
 */

import { count } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 280;
const RIGHT = 14;
const TOP = 26;
const BOTTOM = 30;
const DAY = 86_400;
/** Room between two names of months, px. */
const APART = 56;
/** About as wide is a sign of the drawing's text, px: of most scripts, and of Hangul and the like. */
const SIGN = 6.8;
const WIDE_SIGN = 12.5;
/** Between a bound and what it is called, px. */
const BESIDE = 6;

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

const widthOf = (sign) => (sign > '\u1100' && sign < '\uffdd' ? WIDE_SIGN : SIGN);

/**
 * As much of a text as has room, and how wide it is; nothing rather than a sign or two.
 *
 * @param {string} text @param {number} room px @returns {[string, number]}
 */
function fitted(text, room) {
  let words = '';
  let wide = 0;
  for (const sign of text) {
    if (wide + widthOf(sign) > room - SIGN)
      return words.length > 3 ? [`${words}…`, wide + SIGN] : ['', 0];
    words += sign;
    wide += widthOf(sign);
  }
  return [words, wide];
}

/**
 * What bounds are called, each behind it if there is room, or else on the side that has more, and
 * between its neighbours. What has none is left out; the list of the eras has it.
 *
 * @param {{at: number, title: string}[]} bounds px, in order @param {number} left @param {number} right
 */
export function boundWords(bounds, left, right) {
  let taken = left;
  return bounds.flatMap(({ at, title }, index) => {
    const after = (bounds[index + 1]?.at ?? right) - at - BESIDE;
    const before = at - BESIDE - taken;
    const late = before > after && fitted(title, after)[0] !== title;
    const [words, wide] = fitted(title, late ? before : after);
    const from = late ? at - BESIDE - wide : at + BESIDE;
    taken = late ? at : from + wide;
    return words ? [{ at, words, from, to: from + wide, anchor: late ? 'end' : 'start' }] : [];
  });
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
  const left = 22 + 7 * count(scale.at(-1)).length;
  const x = (at) => left + ((at - book.since) / (book.until - book.since)) * (width - left - RIGHT);
  const y = (listeners) => HEIGHT - BOTTOM - (listeners / scale.at(-1)) * (HEIGHT - TOP - BOTTOM);
  for (const value of scale) {
    svg.append(
      shape('line', { x1: left, x2: width - RIGHT, y1: y(value), y2: y(value), class: 'grid' }),
      shape('text', { x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, count(value)),
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
  const bounds = book.eras
    .filter(({ since }) => since !== null && since > book.since)
    .map(({ since, title }) => ({ at: x(since), title }))
    .sort((one, other) => one.at - other.at);
  for (const { at } of bounds) {
    svg.append(shape('line', { x1: at, x2: at, y1: TOP - 10, y2: y(0), class: 'era' }));
  }
  for (const { at, words, anchor } of boundWords(bounds, left, width - RIGHT)) {
    const beside = anchor === 'end' ? at - BESIDE : at + BESIDE;
    svg.append(shape('text', { x: beside, y: TOP - 8, 'text-anchor': anchor }, words));
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
