/**
 * The geometry of a recording: bars from loudness, lanes from who spoke, chapters, reactions in
 * time, the line that is being said. Offsets are seconds into the recording. Pure.
 *
 * @import {Mark} from '../wire/types.js'
 */

import { loudness } from './speaking.js';

/** What a bar is at least, so that silence is seen as a line. */
const LOWEST = 0.04;
/** Pauses of one voice that are shorter than this are part of what is said. */
const BREATH_SECONDS = 3;

/**
 * Bars from 0 to 1, each the loudest level in its part of the recording.
 *
 * @param {[number, number][]} levels offset and dBov (0 loudest, 127 silence), in order
 * @param {number} seconds how long the recording is
 * @param {number} count how many bars
 * @returns {number[]}
 */
export function bars(levels, seconds, count) {
  const found = Array.from({ length: count }, () => LOWEST);
  if (seconds <= 0) return found;
  levels.forEach(([offset, level], index) => {
    const height = Math.max(LOWEST, loudness(Math.abs(level)));
    // A level holds until the next one: short recordings have fewer levels than bars.
    const until = levels[index + 1]?.[0] ?? seconds;
    const first = barAt(offset, seconds, count);
    const last = Math.max(first, Math.ceil((until / seconds) * count) - 1);
    for (let bar = first; bar <= last && bar < count; bar += 1)
      found[bar] = Math.max(found[bar], height);
  });
  return found;
}

const barAt = (offset, seconds, count) =>
  Math.min(count - 1, Math.max(0, Math.floor((offset / seconds) * count)));

/** An SVG path of upright bars around the middle, in a box of `count` by 2. */
export const barsPath = (heights) =>
  heights
    .map((height, n) => `M${n + 0.2} ${(1 - height).toFixed(3)}h.6v${(2 * height).toFixed(3)}h-.6z`)
    .join('');

/**
 * A lane for each voice, who spoke first comes first.
 *
 * @param {Mark[]} marks
 * @param {number} seconds
 * @returns {{member: string, name: string, spoke: number,
 *   parts: {left: number, width: number, from: number}[]}[]} `left` and `width` in percent
 */
export function lanes(marks, seconds) {
  const found = new Map();
  for (const { member, name, from, to } of chapters(marks)) {
    if (!found.has(member)) found.set(member, { member, name, spoke: 0, parts: [] });
    const lane = found.get(member);
    lane.spoke += to - from;
    lane.parts.push({ left: percent(from, seconds), width: percent(to - from, seconds), from });
  }
  return [...found.values()];
}

/**
 * A colour for each voice, far from that of who spoke first before them.
 *
 * @param {Mark[]} marks
 * @returns {Map<string, number>} member to hue
 */
export function hues(marks) {
  const first = [...marks].sort((a, b) => a.from - b.from).map(({ member }) => member);
  return new Map([...new Set(first)].map((member, n) => [member, (255 + n * 137.5) % 360]));
}

/** A place in the recording in percent of its length. */
export const percent = (offset, seconds) =>
  seconds > 0 ? Math.min(100, Math.max(0, (offset / seconds) * 100)) : 0;

/**
 * Who spoke from when to when, breaths left out; in order of beginning.
 *
 * @param {Mark[]} marks
 * @returns {Mark[]}
 */
export function chapters(marks) {
  const open = new Map();
  const found = [];
  for (const mark of [...marks].sort((a, b) => a.from - b.from)) {
    const before = open.get(mark.member);
    if (before && mark.from - before.to < BREATH_SECONDS) {
      before.to = Math.max(before.to, mark.to);
      continue;
    }
    const chapter = { ...mark };
    open.set(mark.member, chapter);
    found.push(chapter);
  }
  return found;
}

/**
 * Reactions in time: for each part of the recording how many, and which was the most frequent.
 *
 * @param {[number, string, number][]} reactions offset, reaction, how many
 * @param {number} seconds
 * @param {number} count how many parts
 * @returns {{times: number, share: number, reaction: string}[]} `share` 0 to 1 of the busiest part
 */
export function reactionParts(reactions, seconds, count) {
  const parts = Array.from({ length: count }, () => new Map());
  if (seconds > 0) {
    for (const [offset, reaction, times] of reactions) {
      const part = parts[barAt(offset, seconds, count)];
      part.set(reaction, (part.get(reaction) ?? 0) + times);
    }
  }
  const sums = parts.map((part) => [...part.values()].reduce((sum, times) => sum + times, 0));
  const most = Math.max(1, ...sums);
  return parts.map((part, n) => ({
    times: sums[n],
    share: sums[n] / most,
    reaction: [...part].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '',
  }));
}

/**
 * Which of a list in order of its offsets is the latest at that place.
 *
 * @param {number[]} offsets
 * @param {number} at
 * @returns {number} -1 before the first
 */
export function latestAt(offsets, at) {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * A part of a recording, with its offsets counted from the part's beginning.
 *
 * @template {Pick<import('../wire/types.js').Recording, 'levels'|'marks'|'captions'|'reactions'>} Whole
 * @param {Whole} whole
 * @param {number} start seconds
 * @param {number} seconds how long the part is
 * @returns {Whole}
 */
export function part(whole, start, seconds) {
  const end = start + seconds;
  const inside = (offset) => offset >= start && offset < end;
  const moved = ([at, ...rest]) => [at - start, ...rest];
  return {
    ...whole,
    levels: whole.levels.filter(([at]) => inside(at)).map(moved),
    marks: whole.marks
      .filter(({ from, to }) => to > start && from < end)
      .map((mark) => ({
        ...mark,
        from: Math.max(0, mark.from - start),
        to: Math.min(seconds, mark.to - start),
      })),
    captions: whole.captions
      .filter(({ at }) => inside(at))
      .map((line) => ({ ...line, at: line.at - start })),
    reactions: whole.reactions.filter(([at]) => inside(at)).map(moved),
  };
}
