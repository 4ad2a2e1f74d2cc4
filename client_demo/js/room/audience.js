/**
 * The audience as the stage shows it: me, those with a raised hand, and how many more. Whatever
 * comes from the audience as a whole rises from here.
 */

import { avatar, updateAvatar } from '../parts/avatar.js';
import { h, icon, keyed, show, text } from '../parts/dom.js';
import { counted, ofSimulated } from '../pure/format.js';
import { makeMemberMenu } from './membermenu.js';

const HANDS_SHOWN = 11;

/** @param {import('./room.js').Scene} scene */
export function makeAudience(scene) {
  const { session } = scene;
  /** @type {WeakMap<Element, ReturnType<typeof makeMemberMenu>>} */
  const menus = new WeakMap();
  const mine = avatar({ member: '', handle: '', name: '' });
  const myHand = h('span', { class: 'hand', testid: 'my-hand', hidden: true }, icon('hand'));
  const myName = h('span', { class: 'seat-name' });
  const myRole = h('span', { class: 'seat-role' });
  const me = h(
    'li',
    { class: 'seat', testid: 'listener-me' },
    h('span', { class: 'ring' }, mine, myHand),
    myName,
    myRole,
  );
  const rest = h('li', { class: 'rest', testid: 'more-listeners', 'data-key': ':rest' });
  const list = h('ul', { class: 'seats' });
  const node = h(
    'section',
    { class: 'group listener-group', testid: 'audience' },
    h('h2', {}, 'Listeners'),
    list,
  );

  function makeRaised({ member }) {
    const menu = makeMemberMenu(scene, member);
    const item = h(
      'li',
      { class: 'seat', testid: `raised-${member}`, 'data-member': member },
      h(
        'span',
        { class: 'ring' },
        avatar({ member, handle: '', name: '' }),
        h('span', { class: 'hand' }, icon('hand')),
      ),
      h('span', { class: 'seat-name' }),
      h('span', { class: 'seat-role' }, 'Hand raised'),
      h('span', { class: 'seat-tools' }, menu.node),
    );
    menus.set(item, menu);
    return item;
  }

  function renderRaised(item, person) {
    updateAvatar(item.querySelector('.avatar'), person);
    text(item.querySelector('.seat-name'), person.name);
    menus.get(item).render({ ...person, role: 'listener' });
  }

  function render() {
    const { room, you, role } = session;
    const listening = role === 'listener';
    const seated = new Set(room.seats.map((seat) => seat.member));
    const raised = room.hands.filter(({ member }) => !seated.has(member) && member !== you.member);
    const shown = raised.slice(0, HANDS_SHOWN);
    /** @type {Record<string, any>} a colon is in no member's identity */
    const ends = { me: { member: ':me' }, rest: { member: ':rest' } };
    keyed(
      list,
      [...(listening ? [ends.me] : []), ...shown, ends.rest],
      (person) => person.member,
      (person) => (person === ends.me ? me : person === ends.rest ? rest : makeRaised(person)),
      (item, person) => {
        if (item !== me && item !== rest) renderRaised(item, person);
      },
    );
    updateAvatar(mine, you);
    text(myName, you.anonymous ? 'You' : `${you.name} (you)`);
    text(myRole, you.anonymous ? 'Anonymous' : 'Listener');
    show(
      myHand,
      room.hands.some((person) => person.member === you.member),
    );
    const counts = session.counts[room.room];
    const others = counts.listeners - (listening ? 1 : 0) - shown.length;
    const nobody = listening ? 'Nobody else listens yet' : 'Nobody listens yet';
    text(rest, others > 0 ? `+${counted(others, 'listener')}${ofSimulated(counts)}` : nobody);
    show(rest, others > 0 || shown.length === 0);
  }

  return {
    node,
    render,
    /** Where I am to be seen while I listen. */
    mine: me.firstElementChild,
    /** Where whatever comes from nobody in particular comes from. */
    get crowd() {
      return rest.hidden ? list : rest;
    },
  };
}
