/** What a host or co-host has to hand: opening, who asks to speak, inviting, handing over. */

import * as api from './api.js';
import { avatar, updateAvatar } from './avatar.js';
import { attr, h, keyed, show, text } from './dom.js';
import { counted, kindName } from './format.js';
import { field } from './start.js';
import { toast, toastError } from './toast.js';

const POLL_SECONDS = 3;

/** @param {import('./room.js').Scene} scene */
export function makeHost({ session, me, act }) {
  /** @type {import('./types.js').RoomSummary[]} */
  let others = [];
  let timer = null;
  let left = false;

  const open = h('button', {
    class: 'button primary wide',
    testid: 'open-room',
    onclick: () => act('open'),
  });
  const opening = h(
    'div',
    { class: 'stack' },
    h('p', { class: 'dim' }, 'Whoever comes in now waits. Nobody is heard until you open.'),
    open,
  );

  const waiting = h('span', { class: 'badge', testid: 'request-count' });
  const queue = h('ul', { class: 'queue' });
  const nobody = h('p', { class: 'dim' }, 'Nobody asks to speak.');
  const requests = h(
    'section',
    { testid: 'requests' },
    h('h2', {}, 'Requests to speak ', waiting),
    nobody,
    queue,
  );

  const invitee = h('input', {
    testid: 'invite-handle',
    required: true,
    maxlength: 64,
    placeholder: 'handle',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const role = h(
    'select',
    { testid: 'invite-role' },
    h('option', { value: 'speaker' }, 'as speaker'),
    h('option', { value: 'cohost' }, 'as co-host'),
  );
  const invite = h(
    'form',
    { class: 'stack', onsubmit: (event) => sendInvite(event) },
    h('h2', {}, 'Invite'),
    h(
      'div',
      { class: 'row' },
      h('label', { class: 'grow' }, h('span', { class: 'unseen' }, 'Handle to invite'), invitee),
      h('label', {}, h('span', { class: 'unseen' }, 'Role'), role),
      h('button', { class: 'button quiet', testid: 'invite-send' }, 'Invite'),
    ),
  );

  const target = h('select', { testid: 'handoff-room' });
  const seconds = h('input', {
    type: 'number',
    testid: 'handoff-seconds',
    min: 0,
    max: 600,
    value: 10,
  });
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
    h('div', { class: 'row' }, openOther, offer),
  );
  const handover = h(
    'form',
    { class: 'stack', onsubmit: (event) => sendOffer(event) },
    h('h2', {}, 'Hand the audience over'),
    noRoom,
    choice,
  );

  const node = h(
    'section',
    { class: 'panel host', testid: 'host-panel', 'aria-label': 'Host' },
    opening,
    requests,
    invite,
    handover,
  );

  async function sendInvite(event) {
    event.preventDefault();
    const member = invitee.value.trim().replace(/^@/, '');
    if (await act('invite', { member, role: role.value })) {
      toast(`${member} is invited.`, 'good');
      invitee.value = '';
    }
  }

  async function sendOffer(event) {
    event.preventDefault();
    await act('offer_handoff', { to_room: target.value, seconds: Number(seconds.value) });
  }

  async function openTarget() {
    try {
      await api.command(me.token, target.value, 'open');
      await look();
    } catch (error) {
      toastError(error);
    }
  }

  function makeRequest(person) {
    const { member } = person;
    const row = h(
      'li',
      { class: 'request', testid: `request-${member}` },
      avatar(person, 'small'),
      h('span', { class: 'grow' }),
      h(
        'button',
        {
          class: 'mini strong',
          testid: `accept-${member}`,
          onclick: () => act('accept', { member }),
        },
        'Accept',
      ),
      h(
        'button',
        { class: 'mini', testid: `decline-${member}`, onclick: () => act('decline', { member }) },
        'Decline',
      ),
    );
    return row;
  }

  function renderRequest(row, person) {
    const [face, name, accept, decline] = row.children;
    updateAvatar(face, person);
    text(name, person.name);
    attr(accept, 'aria-label', `Accept ${person.name}`);
    attr(decline, 'aria-label', `Decline ${person.name}`);
  }

  function renderHandover(room) {
    const rooms = others.filter((one) => one.room.room !== room.room);
    keyed(
      target,
      rooms,
      (one) => one.room.room,
      (one) => h('option', { value: one.room.room }),
      (option, one) =>
        text(
          option,
          `${one.room.title} (${one.room.state === 'live' ? counted(one.counts.listeners, 'listener') : 'not open yet'})`,
        ),
    );
    const chosen = rooms.find((one) => one.room.room === target.value);
    const closed = chosen?.room.state === 'scheduled';
    const running = ['offered', 'moving'].includes(room.handoff?.phase);
    show(noRoom, rooms.length === 0);
    show(choice, rooms.length > 0);
    show(openOther, Boolean(closed && chosen.room.seats[0]?.member === me.member));
    offer.disabled = !chosen || closed || running;
  }
  target.addEventListener('change', () => render());

  /** Which rooms the audience could go to changes behind this room's back. */
  async function look() {
    clearTimeout(timer);
    const { room, role: mine } = session;
    if (room?.state === 'live' && mine === 'host') {
      try {
        const all = await api.rooms();
        if (left) return;
        others = all.filter(
          (one) => one.room.show === room.show && ['live', 'scheduled'].includes(one.room.state),
        );
        render();
      } catch (error) {
        if (!error.code) throw error;
      }
    }
    if (!left) timer = setTimeout(look, POLL_SECONDS * 1000);
  }

  function render() {
    const { room, role: mine } = session;
    const hosts = mine === 'host' || mine === 'cohost';
    show(node, hosts && ['scheduled', 'live'].includes(room.state));
    if (!hosts) return;
    const live = room.state === 'live';
    text(open, `Open the ${kindName(room.kind)}`);
    show(opening, mine === 'host' && !live);
    show(requests, live);
    text(waiting, room.requests.length);
    show(waiting, room.requests.length > 0);
    show(nobody, room.requests.length === 0);
    keyed(queue, room.requests, (person) => person.member, makeRequest, renderRequest);
    const cohosts = mine === 'host' && room.cohost_places > 0;
    show(role, cohosts);
    if (!cohosts) role.value = 'speaker';
    show(handover, mine === 'host' && live);
    renderHandover(room);
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
