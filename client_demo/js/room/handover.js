/** Handing the audience over to another room of the show, and ending this one afterwards if wished. */

import { h, keyed, show, text } from '../parts/dom.js';
import { field } from '../parts/fields.js';
import { toastError } from '../parts/toast.js';
import { kindName, listenersOf } from '../pure/format.js';
import { mayOpen, siblingsOf } from '../who/siblings.js';
import * as api from '../wire/api.js';

const POLL_SECONDS = 3;

/** @param {import('./room.js').Scene} scene */
export function makeHandover({ session, me, act }) {
  /** @type {import('../wire/types.js').RoomSummary[]} */
  let others = [];
  let timer = null;
  let left = false;

  const target = h('select', { testid: 'handoff-room', onchange: () => render() });
  const seconds = h('input', {
    type: 'number',
    testid: 'handoff-seconds',
    min: 0,
    max: 600,
    value: 10,
  });
  const thenEnd = h('input', { type: 'checkbox', testid: 'handoff-then-end' });
  const thenEndWords = h('span', {});
  const offer = h('button', { class: 'button primary', testid: 'handoff-offer' }, 'Hand over');
  const openOther = h(
    'button',
    { class: 'button quiet', type: 'button', testid: 'open-other', onclick: () => openTarget() },
    'Open it now',
  );
  const noRoom = h('p', { class: 'dim' }, 'This show has no other room to go to yet.');
  const choice = h(
    'div',
    { class: 'handover' },
    field('To', target),
    field('Countdown, seconds', seconds),
    h('label', { class: 'check' }, thenEnd, thenEndWords),
    h('div', { class: 'row' }, openOther, offer),
  );
  const node = h(
    'form',
    { class: 'stack', onsubmit: send },
    h('h2', {}, 'Hand the audience over'),
    noRoom,
    choice,
  );

  async function send(event) {
    event.preventDefault();
    const offered = await act('offer_handoff', {
      to_room: target.value,
      seconds: Number(seconds.value),
      ...(thenEnd.checked && { then_end: true }),
    });
    if (offered) thenEnd.checked = false;
  }

  async function openTarget() {
    try {
      await api.command(me.token, target.value, 'open');
      await look();
    } catch (error) {
      toastError(error);
    }
  }

  const audienceOf = ({ room, counts }) =>
    room.state === 'live' ? listenersOf(counts) : 'not open yet';

  function render() {
    const { room, role } = session;
    show(node, role === 'host' && room.state === 'live');
    const rooms = others.filter((one) => one.room.room !== room.room);
    keyed(
      target,
      rooms,
      (one) => one.room.room,
      (one) => h('option', { value: one.room.room }),
      (option, one) => text(option, `${one.room.title} (${audienceOf(one)})`),
    );
    const chosen = rooms.find((one) => one.room.room === target.value);
    const running = ['offered', 'moving'].includes(room.handoff?.phase);
    text(thenEndWords, `End this ${kindName(room.kind)} afterwards`);
    show(noRoom, rooms.length === 0);
    show(choice, rooms.length > 0);
    show(openOther, Boolean(chosen && mayOpen(chosen, me.member)));
    offer.disabled = !chosen || chosen.room.state === 'scheduled' || running;
  }

  /** Which rooms the audience could go to changes behind this room's back. */
  async function look() {
    clearTimeout(timer);
    const { room, role } = session;
    if (room?.state === 'live' && role === 'host') {
      try {
        const found = await siblingsOf(room);
        if (left) return;
        others = found;
        render();
      } catch (error) {
        if (!error.code) throw error;
      }
    }
    if (!left) timer = setTimeout(look, POLL_SECONDS * 1000);
  }

  look();
  return {
    node,
    render,
    destroy() {
      left = true;
      clearTimeout(timer);
    },
  };
}
