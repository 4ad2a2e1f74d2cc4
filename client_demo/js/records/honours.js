/**
 * Records that the room broke and firsts that were made in it: a banner in the moment, and a line
 * each for as long as the room is looked at.
 *
 * @import {Honour} from '../wire/types.js'
 */

import { attr, h, keyed, text } from '../parts/dom.js';
import { count } from '../pure/format.js';

const BANNER_SECONDS = 15;

/** What an honour says, and of whom it was or is. Pure. @param {Honour} honour */
export function honourWords({ kind, title, listeners, name, before_title, before_listeners }) {
  if (kind === 'first') return { head: title, told: '', whose: name };
  return {
    head: `New record: ${title}`,
    told: `${count(listeners)} at one time, more than the ${count(before_listeners)} of `,
    whose: `“${before_title}”`,
  };
}

/** @param {Honour} honour */
const keyOf = ({ kind, key }) => `${kind}-${key}`;

/** One honour as a line. @param {Honour} honour @param {boolean} simulated */
export function honourLine(honour, simulated) {
  const { head, told, whose } = honourWords(honour);
  return h(
    'li',
    { class: 'honour', testid: `honour-${keyOf(honour)}`, 'data-kind': honour.kind },
    h('strong', {}, head),
    h('span', { class: 'honour-told' }, told, h('bdi', {}, whose)),
    simulated && h('span', { class: 'tag tag-simulated' }, 'Simulated'),
  );
}

/** @param {import('../room/room.js').Scene} scene */
export function makeHonours({ session }) {
  /** When each was first seen; -Infinity for what was there before this page was. */
  const seen = new Map();
  const list = h('ul', { class: 'honours', testid: 'honours', 'aria-live': 'polite' });
  let room = null;

  const isFresh = (honour) => performance.now() / 1000 - seen.get(keyOf(honour)) < BANNER_SECONDS;

  function render() {
    const { honours, room: now, state } = session.room;
    if (now !== room) {
      room = now;
      seen.clear();
      for (const honour of honours) seen.set(keyOf(honour), -Infinity);
    }
    for (const honour of honours) {
      if (!seen.has(keyOf(honour))) seen.set(keyOf(honour), performance.now() / 1000);
    }
    // The newest first: the list is low, and scrolls.
    keyed(list, state === 'live' ? honours.toReversed() : [], keyOf, (honour) =>
      honourLine(honour, session.room.simulated),
    );
    tick();
  }

  /** A banner is one for a while only. */
  function tick() {
    for (const honour of session.room?.honours ?? []) {
      const line = list.querySelector(`[data-key="${CSS.escape(keyOf(honour))}"]`);
      if (line) attr(line, 'data-fresh', isFresh(honour));
    }
  }

  return { node: list, render, tick };
}
