/**
 * A room as the lobby shows it: a gradient card while live, a plain one before and after.
 *
 * @import {RoomSummary, Show} from './types.js'
 */

import { avatar, updateAvatar } from './avatar.js';
import { attr, h, keyed, show, text } from './dom.js';
import { clockTime, count, counted, kindName, ledgerLine, stateName } from './format.js';

const FACES = 5;

/** The tags that say what a room is; "Simulation" wherever it is one. */
export function tags() {
  const kind = h('span', { class: 'tag' });
  const simulated = h('span', { class: 'tag tag-simulated' }, 'Simulation');
  const node = h('span', { class: 'tags' }, kind, simulated);
  return {
    node,
    render(room) {
      text(kind, kindName(room.kind));
      show(simulated, room.simulated);
    },
  };
}

/** What is told of a room's audience, by its state. */
function figures({ room, counts }) {
  if (room.state === 'live') {
    return `peak ${count(counts.peak)} · ${count(counts.tuned_in)} tuned in`;
  }
  if (room.state === 'scheduled') {
    const waiting = counts.participants ? ` · ${count(counts.participants)} waiting` : '';
    return (
      (room.scheduled_for ? clockTime(room.scheduled_for) : 'Opens when its host does') + waiting
    );
  }
  return `peak ${counted(counts.peak, 'listener')} · ${count(counts.tuned_in)} tuned in`;
}

/**
 * @returns {{node: HTMLElement, render: (summary: RoomSummary, show: Show|undefined) => void}}
 */
export function makeCard(id) {
  const heading = h('h3', { class: 'card-title' });
  const tag = tags();
  const live = h('span', { class: 'live' }, 'Live');
  const evening = h('p', { class: 'card-show' });
  const host = h('p', { class: 'card-host' });
  const faces = h('span', { class: 'faces' });
  const listeners = h('strong', { class: 'card-count' });
  const told = h('span', { class: 'card-told' });
  const ledger = h('p', { class: 'card-ledger' });
  const node = h(
    'a',
    { class: 'card', href: `/room/${encodeURIComponent(id)}`, testid: `room-card-${id}` },
    h('span', { class: 'card-top' }, live, tag.node),
    heading,
    evening,
    h('span', { class: 'card-stage' }, faces, host),
    h('p', { class: 'card-figures' }, listeners, told),
    ledger,
  );
  return {
    node,
    render(summary, evening_) {
      const { room, counts } = summary;
      const isLive = room.state === 'live';
      attr(node, 'data-state', room.state);
      attr(node, 'data-listeners', counts.listeners);
      tag.render(room);
      show(live, isLive);
      text(heading, room.title);
      const part = evening_?.title && evening_.title !== room.title ? evening_.title : '';
      text(evening, [part, evening_?.date?.replaceAll('-', '\u2011')].filter(Boolean).join(' · '));
      show(evening, Boolean(evening.textContent));
      const others = room.seats.length - 1;
      text(
        host,
        (room.seats[0]?.name ?? '') + (others > 0 ? ` and ${counted(others, 'other')}` : ''),
      );
      keyed(faces, room.seats.slice(0, FACES), (seat) => seat.member, avatar, updateAvatar);
      text(listeners, isLive ? counted(counts.listeners, 'listener') : '');
      text(told, figures(summary));
      const tally = room.handoff?.tally;
      const closing = ['ended', 'live', 'scheduled'].includes(room.state) ? '' : stateName(room);
      text(ledger, tally ? `Handed over: ${ledgerLine(tally)}` : closing);
      show(ledger, Boolean(ledger.textContent));
    },
  };
}
