/**
 * What was done in a room, by whom, to whom: for its host and co-hosts. Who is blocked stands here
 * too, and may be let in again.
 */

import { h, keyed, show } from '../parts/dom.js';
import { makeDrawer } from '../parts/drawer.js';
import { toastError } from '../parts/toast.js';
import * as api from '../wire/api.js';

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** Who is blocked after all these entries, the oldest first. Pure. */
export function blockedAfter(entries) {
  const blocked = new Set();
  for (const { what, member } of entries) {
    if (what === 'blocked') blocked.add(member);
    if (what === 'unblocked') blocked.delete(member);
  }
  return blocked;
}

/** @param {import('./room.js').Scene} scene */
export function makeAudit({ session, me, act, nameOf }) {
  const blocked = h('ul', { class: 'queue', testid: 'blocked-list', 'aria-label': 'Blocked' });
  const list = h('ol', { class: 'audit-list', testid: 'audit-list' });
  const none = h('p', { class: 'dim', hidden: true }, 'Nothing yet.');
  const drawer = makeDrawer(
    { title: 'What was done here', testid: 'audit', opened: () => look().catch(toastError) },
    h('div', { class: 'drawer-body' }, blocked, none, list),
  );

  const makeEntry = ({ number, at, by, what, member, detail }) =>
    h(
      'li',
      { class: 'audit-entry', testid: `audit-${number}` },
      h('time', { class: 'dim small' }, TIME.format(at * 1000)),
      h(
        'span',
        {},
        h('strong', {}, by === ':system' ? 'Afterparty' : nameOf(by)),
        ` ${what} `,
        member && h('strong', {}, nameOf(member)),
      ),
      detail && h('span', { class: 'dim small' }, detail),
    );

  const makeBlocked = (member) =>
    h(
      'li',
      { class: 'request' },
      h('span', { class: 'grow' }, `${nameOf(member)} is blocked`),
      h(
        'button',
        { class: 'mini', testid: `unblock-${member}`, onclick: () => unblock(member) },
        'Unblock',
      ),
    );

  async function unblock(member) {
    if (await act('unblock', { member })) await look().catch(toastError);
  }

  async function look() {
    const { room } = session.room;
    const entries = await api.audit(me.token, room);
    if (room !== session.room.room) return;
    const newest = [...entries].reverse();
    keyed(blocked, [...blockedAfter(entries)], (member) => member, makeBlocked);
    show(blocked, blocked.children.length > 0);
    keyed(list, newest, (entry) => `${room} ${entry.number}`, makeEntry);
    show(none, entries.length === 0);
  }

  return { node: drawer.node, open: drawer.open, close: drawer.close };
}
