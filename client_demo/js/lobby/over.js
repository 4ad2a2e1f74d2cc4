/**
 * What is left of a room once it is over: its figures, and where its audience went.
 *
 * @import {RoomSummary, Tally} from '../wire/types.js'
 */

import { avatar } from '../parts/avatar.js';
import { tags } from '../parts/card.js';
import { makeCounts } from '../parts/counts.js';
import { h, show } from '../parts/dom.js';
import { toastError } from '../parts/toast.js';
import {
  clockTime,
  count,
  duration,
  ledgerLine,
  ofPeakSimulated,
  stateName,
} from '../pure/format.js';
import { honourLine } from '../records/honours.js';
import * as api from '../wire/api.js';

const figure = (label, value, testid) =>
  h('div', { class: 'figure' }, h('strong', { testid }, value), h('span', {}, label));

/** A closed ledger, so that one sees it balance. @param {Tally} tally */
export function ledgerNode(tally, words) {
  return h(
    'div',
    {
      class: 'ledger',
      testid: 'ledger',
      'data-offered': tally.offered,
      'data-moved': tally.moved,
      'data-declined': tally.declined,
      'data-lost': tally.lost,
    },
    h('h3', {}, words),
    h(
      'div',
      { class: 'figures' },
      figure('offered', count(tally.offered)),
      figure('moved', count(tally.moved)),
      figure('stayed', count(tally.declined)),
      figure('lost', count(tally.lost)),
    ),
    h('p', { class: 'dim small' }, ledgerLine(tally)),
  );
}

/** @param {RoomSummary} summary */
export function makeOver({ room, counts }) {
  const tag = tags();
  tag.render(room);
  const tally = room.handoff?.tally;
  const figures = makeCounts();
  figures.render(counts);
  const recording = h(
    'a',
    {
      class: 'button primary wide',
      href: `/recording/${encodeURIComponent(room.room)}`,
      testid: 'over-recording',
      hidden: true,
    },
    'Play the recording',
  );
  if (room.recording) offer(recording, room.room).catch(toastError);
  const lasted = room.opened_at && room.over_at ? duration(room.over_at - room.opened_at) : '–';
  return h(
    'section',
    { class: 'sheet', testid: 'over' },
    h(
      'div',
      { class: 'sheet-head over' },
      tag.node,
      h(
        'p',
        { class: 'over-state', testid: 'room-state', 'data-state': room.state },
        stateName(room),
      ),
      h('h1', { testid: 'room-title' }, room.title),
      h(
        'div',
        { class: 'card-stage' },
        h('span', { class: 'faces' }, ...room.seats.slice(0, 6).map((seat) => avatar(seat))),
        h('p', {}, `Hosted by ${room.seats[0]?.name ?? 'nobody'}`),
      ),
    ),
    h(
      'div',
      { class: 'sheet-body stack' },
      h(
        'div',
        { class: 'figures' },
        figure(`peak listeners${ofPeakSimulated(counts)}`, count(counts.peak), 'peak-count'),
        figure('tuned in', count(counts.tuned_in), 'tuned-in'),
        figure('on air', lasted),
      ),
      room.opened_at && h('p', { class: 'dim small' }, `Opened ${clockTime(room.opened_at)}`),
      room.honours.length > 0 &&
        h(
          'ul',
          { class: 'stack', 'aria-label': 'Records and firsts', testid: 'over-honours' },
          ...room.honours.map((honour) => honourLine(honour, room.simulated)),
        ),
      recording,
      tally && ledgerNode(tally, 'Its audience was handed over'),
      tally &&
        h(
          'a',
          { class: 'button quiet wide', href: `/room/${encodeURIComponent(room.handoff.to_room)}` },
          'Go where they went',
        ),
      h('a', { class: 'button quiet wide', href: '/' }, 'Back to the lobby'),
      figures.node,
    ),
  );
}

/** A recording may have been deleted since, so it is offered once it is known to be there. */
async function offer(link, room) {
  try {
    await api.recording(room);
    show(link, true);
  } catch (error) {
    if (error.code !== 'no_recording') throw error;
  }
}
