/**
 * A room as the lobby shows it: a gradient card while live, a plain one before and after. The whole
 * card leads to the room; what can be pressed on it lies above that.
 *
 * @import {RoomSummary, Show} from '../wire/types.js'
 */

import { lobbyFor } from '../pure/filters.js';
import {
  clockTime,
  count,
  counted,
  kindName,
  ledgerLine,
  listenersOf,
  ofSimulated,
  stateName,
} from '../pure/format.js';
import { untilWords } from '../pure/planning.js';
import { avatar, updateAvatar } from './avatar.js';
import { attr, h, keyed, show, text } from './dom.js';
import { makeMark } from './marks.js';

const FACES = 5;

/** What stands wherever something of a simulation is shown. */
export const simulationTag = () =>
  h('span', { class: 'tag tag-simulated tag-alone' }, 'Simulation');

/** The tags that say what a room is; "Simulation" wherever it is one. */
export function tags() {
  const kind = h('span', { class: 'tag' });
  const simulated = simulationTag();
  const node = h('span', { class: 'tags' }, kind, simulated);
  return {
    node,
    render(room) {
      text(kind, kindName(room.kind));
      show(simulated, room.simulated);
    },
  };
}

/** A room's topics, each of which leads to the rooms that have it too. */
export function topicChips() {
  const node = h('ul', { class: 'chips', 'aria-label': 'Topics' });
  return {
    node,
    render({ topics = [], hashtag = '' }) {
      keyed(
        node,
        [...topics, ...(hashtag ? [hashtag] : [])],
        (word) => word,
        (word) => h('li', {}, chip(word)),
      );
      show(node, node.children.length > 0);
    },
  };
}

/** A topic, or a hashtag: that one has a sign before it. */
const chip = (word) =>
  word.startsWith('#')
    ? h('span', { class: 'chip chip-hashtag', testid: 'hashtag' }, word)
    : h('a', { class: 'chip', href: lobbyFor({ topic: word }) }, word);

/** What is told of a room's audience, by its state. */
function figures({ room, counts }) {
  const waiting = counts.listeners
    ? ` · ${count(counts.listeners)} waiting${ofSimulated(counts)}`
    : '';
  if (room.state === 'scheduled') {
    const when = room.scheduled_for ? clockTime(room.scheduled_for) : 'Opens when its host does';
    return when + waiting;
  }
  const most = room.state === 'live' ? count(counts.peak) : counted(counts.peak, 'listener');
  const peak = counts.peak_simulated ? `${most} (${count(counts.peak_simulated)} simulated)` : most;
  const plays = counts.plays ? ` · ${counted(counts.plays, 'replay play')}` : '';
  return `peak ${peak} · ${count(counts.tuned_in)} tuned in${plays}`;
}

/**
 * @param {import('../main.js').App} app
 * @returns {{node: HTMLElement, render: (summary: RoomSummary, show: Show|undefined) => void,
 *   tick: () => void}} `tick` once a second, for its countdown
 */
export function makeCard(app, id) {
  const path = encodeURIComponent(id);
  const link = h('a', { class: 'card-link', href: `/room/${path}` });
  const tag = tags();
  const live = h('span', { class: 'live' }, 'Live');
  const recorded = h(
    'a',
    { class: 'tag tag-link', href: `/recording/${path}`, testid: `card-recording-${id}` },
    'Recording',
  );
  const evening = h('p', { class: 'card-show' });
  const topics = topicChips();
  const host = h('a', { class: 'card-host' });
  const others = h('span', { class: 'card-others' });
  const faces = h('span', { class: 'faces' });
  const follow = makeMark(app, 'follows', { testid: `follow-${id}` });
  const listeners = h('strong', { class: 'card-count' });
  const told = h('span', { class: 'card-told' });
  const until = h('span', { class: 'card-until', testid: `card-until-${id}` });
  const remind = makeMark(app, 'reminders', { testid: `remind-${id}` });
  const ledger = h('p', { class: 'card-ledger' });
  const node = h(
    'article',
    { class: 'card', testid: `room-card-${id}` },
    h('span', { class: 'card-top' }, live, tag.node, recorded),
    h('h3', { class: 'card-title' }, link),
    evening,
    topics.node,
    h(
      'div',
      { class: 'card-stage' },
      faces,
      h('span', { class: 'card-hosting grow' }, host, others),
      follow.node,
    ),
    h(
      'div',
      { class: 'card-low' },
      h('p', { class: 'card-figures grow' }, listeners, until, told),
      remind.node,
    ),
    ledger,
  );
  let begins = 0;
  const tick = () => {
    if (begins) text(until, `Begins ${untilWords(begins, app.now)}`);
  };
  return {
    node,
    tick,
    render(summary, evening_) {
      const { room, counts } = summary;
      const isLive = room.state === 'live';
      const planned = room.state === 'scheduled';
      const mine = room.seats[0]?.member === app.account.me?.member;
      attr(node, 'data-state', room.state);
      attr(node, 'data-listeners', counts.listeners);
      tag.render(room);
      show(live, isLive);
      show(recorded, room.recording && room.state !== 'canceled' && !planned);
      text(recorded, isLive ? 'Being recorded' : 'Recording');
      text(link, room.title);
      const part = evening_?.title && evening_.title !== room.title ? evening_.title : '';
      text(evening, [part, evening_?.date?.replaceAll('-', '\u2011')].filter(Boolean).join(' · '));
      show(evening, Boolean(evening.textContent));
      topics.render(room);
      const [first] = room.seats;
      text(host, first?.name ?? '');
      attr(host, 'href', first && lobbyFor({ host: first.member }));
      const more = room.seats.length - 1;
      text(others, more > 0 ? ` and ${counted(more, 'other')}` : '');
      keyed(faces, room.seats.slice(0, FACES), (seat) => seat.member, avatar, updateAvatar);
      if (first) follow.render(first.member, first.name);
      show(follow.node, Boolean(first) && !mine && (isLive || planned));
      text(listeners, isLive ? listenersOf(counts) : '');
      text(told, figures(summary));
      begins = planned ? (room.scheduled_for ?? 0) : 0;
      show(until, Boolean(begins));
      tick();
      remind.render(room.room, room.title);
      show(remind.node, planned && !mine);
      const tally = room.handoff?.tally;
      const closing = ['ended', 'live', 'scheduled'].includes(room.state) ? '' : stateName(room);
      text(ledger, tally ? `Handed over: ${ledgerLine(tally)}` : closing);
      show(ledger, Boolean(ledger.textContent));
    },
  };
}
