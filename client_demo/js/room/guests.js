/** The guest list: who is here, roles first, as far as they are listed; asked anew while it is open. */

import { avatar, updateAvatar } from '../parts/avatar.js';
import { h, icon, keyed, show, text } from '../parts/dom.js';
import { makeDrawer } from '../parts/drawer.js';
import { toastError } from '../parts/toast.js';
import { ROLE_NAMES, counted, count } from '../pure/format.js';
import * as api from '../wire/api.js';
import { makeMemberMenu } from './membermenu.js';

const ASK_SECONDS = 3;
const TYPING_SECONDS = 0.25;

/** @param {import('./room.js').Scene} scene */
export function makeGuests(scene) {
  const { session, me } = scene;
  /** @type {WeakMap<Element, {name: any, told: any, hand: any, face: any, menu: any}>} */
  const rows = new WeakMap();
  let timer = null;
  let open = false;

  const search = h('input', {
    type: 'search',
    testid: 'guest-search',
    placeholder: 'Search by name or handle',
    'aria-label': 'Search the guests',
    maxlength: 64,
    oninput: () => again(TYPING_SECONDS),
  });
  const list = h('ul', { class: 'guest-list', testid: 'guest-list' });
  const none = h('p', { class: 'dim', hidden: true }, 'Nobody of that name is here.');
  const more = h('p', { class: 'dim', testid: 'guests-more', hidden: true });
  const nameless = h('p', { class: 'dim small', testid: 'guests-anonymous' });
  const simulated = h('p', { class: 'dim small', testid: 'guests-simulated' });
  const drawer = makeDrawer(
    {
      title: 'Guests',
      testid: 'guests',
      opened: () => {
        open = true;
        look().catch(toastError);
      },
      closed: () => {
        open = false;
        clearTimeout(timer);
      },
    },
    search,
    h('div', { class: 'drawer-body' }, list, none, more),
    nameless,
    simulated,
  );

  function makeRow(guest) {
    const row = {
      face: avatar(guest, 'small'),
      name: h('span', { class: 'seat-name' }),
      told: h('span', { class: 'dim small' }),
      hand: h('span', { 'aria-label': 'Hand raised', role: 'img' }, icon('hand')),
      menu: makeMemberMenu(scene, guest.member, 'guest-'),
    };
    const words = h('span', { class: 'grow guest-words' }, row.name, row.told);
    const node = h(
      'li',
      { class: 'request', testid: `guest-${guest.member}` },
      row.face,
      words,
      row.hand,
      row.menu.node,
    );
    rows.set(node, row);
    return node;
  }

  function renderRow(node, guest) {
    const row = rows.get(node);
    const own = guest.member === session.you.member;
    const seat = session.room.seats.find((one) => one.member === guest.member);
    updateAvatar(row.face, guest);
    text(row.name, own ? `${guest.name} (you)` : guest.name);
    text(row.told, `${ROLE_NAMES[guest.role]} · @${guest.handle || guest.member}`);
    show(row.hand, Boolean(guest.hand));
    row.menu.render({ ...guest, muted: seat?.muted });
  }

  function render(found) {
    keyed(list, found.guests, (guest) => guest.member, makeRow, renderRow);
    show(none, found.guests.length === 0 && Boolean(search.value.trim()));
    text(more, `+${count(found.more)} more`);
    show(more, found.more > 0);
    text(
      nameless,
      found.anonymous
        ? `${counted(found.anonymous, 'anonymous listener')}, counted but not listed.`
        : 'Nobody listens anonymously.',
    );
    text(
      simulated,
      found.simulated ? `${count(found.simulated)} simulated, counted but not listed.` : '',
    );
  }

  async function look() {
    const asked = search.value.trim();
    const { room } = session.room;
    const found = await api.guests(me.token, room, asked);
    if (!open || asked !== search.value.trim() || room !== session.room.room) return;
    render(found);
    again(ASK_SECONDS);
  }

  function again(seconds) {
    clearTimeout(timer);
    if (open) timer = setTimeout(() => look().catch(failed), seconds * 1000);
  }

  /** One answer that does not come is no reason to stop. */
  function failed(error) {
    if (!error.code) throw error;
    again(ASK_SECONDS);
  }

  return {
    node: drawer.node,
    toggle: drawer.toggle,
    destroy() {
      open = false;
      clearTimeout(timer);
    },
  };
}
