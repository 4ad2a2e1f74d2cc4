/**
 * The record book in the lobby: the highest listener counts, of rooms and of load tests. What is
 * simulated says so.
 *
 * @import {RecordEntry} from '../wire/types.js'
 */

import { attr, dotted, h, keyed, remade, show, text } from '../parts/dom.js';
import { clockTime, count, counted, kindName } from '../pure/format.js';
import * as api from '../wire/api.js';

const PLACES = 5;
const ASK_SECONDS = 15;

const KINDS = { loadtest: 'Load test', told: 'Told' };

/** One entry of a book, as a row. @param {(at: number) => string} [when] how its time is told */
export function makeRow(when = clockTime) {
  const place = h('span', { class: 'record-place' });
  const listeners = h('strong', { class: 'record-count' });
  const title = h('a', { class: 'record-title', dir: 'auto' });
  const kind = h('span', { class: 'tag' });
  const simulated = h('span', { class: 'tag tag-simulated' }, 'Simulated');
  const live = h('span', { class: 'live' }, 'Live');
  const told = h('span', { class: 'record-told dim small' });
  const tell = remade(told, (parts) => dotted(...parts));
  const node = h(
    'li',
    { class: 'record' },
    place,
    h('span', { class: 'record-figure' }, listeners),
    h(
      'span',
      { class: 'record-what' },
      title,
      h('span', { class: 'tags' }, live, kind, simulated),
      told,
    ),
  );
  return {
    node,
    /** @param {RecordEntry} entry @param {number} index */
    render(entry, index) {
      attr(node, 'data-testid', `record-${entry.entry}`);
      text(place, index + 1);
      text(listeners, count(entry.listeners));
      attr(listeners, 'aria-label', counted(entry.listeners, 'listener'));
      text(title, entry.title);
      const leads = entry.kind === 'room' && entry.room;
      attr(title, 'href', leads ? `/room/${encodeURIComponent(entry.room)}` : null);
      text(kind, KINDS[entry.kind] ?? (entry.room_kind ? kindName(entry.room_kind) : 'Room'));
      show(live, entry.live);
      show(simulated, entry.simulated);
      const without = entry.simulated_listeners;
      const simulation = without ? `${count(without)} of them simulated` : '';
      tell([entry.host, simulation, when(entry.at), entry.machine]);
    },
  };
}

export function makeRecords() {
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  const rows = new Map();
  const list = h('ol', { class: 'records' });
  const node = h(
    'section',
    { hidden: true, testid: 'record-book' },
    h('h2', {}, 'Record book'),
    h(
      'div',
      { class: 'panel' },
      h('p', { class: 'dim small' }, 'The most listeners at one time, each person counted once.'),
      list,
      h(
        'p',
        { class: 'small' },
        h('a', { href: '/records' }, 'Seasons, firsts, and the record over time'),
      ),
    ),
  );
  let askedAt = -Infinity;
  let any = false;

  function rowOf(entry) {
    if (!rows.has(entry.entry)) rows.set(entry.entry, makeRow());
    return rows.get(entry.entry);
  }

  return {
    node,
    /** Whether there is anything in it. */
    get any() {
      return any;
    },
    /** Ask again, if it is some time since. */
    async refresh() {
      if (performance.now() - askedAt < ASK_SECONDS * 1000) return;
      const found = await api.records(PLACES);
      askedAt = performance.now();
      keyed(
        list,
        found,
        (entry) => entry.entry,
        (entry) => rowOf(entry).node,
      );
      found.forEach((entry, index) => rowOf(entry).render(entry, index));
      any = found.length > 0;
    },
  };
}
