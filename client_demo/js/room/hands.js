/** Raised hands: the one I raise and lower, and the list of all of them for whoever moderates. */

import { avatar, updateAvatar } from '../parts/avatar.js';
import { attr, h, icon, keyed, show, text } from '../parts/dom.js';
import { moderates } from '../pure/moderation.js';

/** @param {import('../wire/types.js').Room} room where ✋ is a reaction, no hand stays up */
export const takesHands = (room) => !room.reactions.includes('✋');

/** @param {import('./room.js').Scene} scene */
export function makeHand({ session, act }) {
  const mine = () => session.room.hands.some(({ member }) => member === session.you.member);
  const node = h(
    'button',
    {
      class: 'button quiet round hand-toggle',
      testid: 'raise-hand',
      onclick: () => act(mine() ? 'lower_hand' : 'raise_hand'),
    },
    icon('hand'),
  );
  function render() {
    const { room, you } = session;
    const up = mine();
    attr(node, 'aria-pressed', String(up));
    attr(node, 'aria-label', up ? 'Lower my hand' : 'Raise my hand');
    attr(node, 'title', up ? 'Lower hand' : 'Raise hand');
    show(node, room.state === 'live' && takesHands(room) && !you.anonymous);
  }
  return { node, render };
}

/** @param {import('./room.js').Scene} scene */
export function makeHandList({ session, act }) {
  const many = h('span', { class: 'badge', testid: 'hand-count' });
  const list = h('ul', { class: 'queue' });
  const node = h('section', { testid: 'hands' }, h('h2', {}, 'Raised hands ', many), list);

  const makeRow = (person) =>
    h(
      'li',
      { class: 'request' },
      avatar(person, 'small'),
      h('span', { class: 'grow' }),
      h(
        'button',
        {
          class: 'mini',
          testid: `lower-${person.member}`,
          onclick: () => act('lower_hand', { member: person.member }),
        },
        'Lower',
      ),
    );

  function renderRow(row, person) {
    const [face, name, lower] = row.children;
    updateAvatar(face, person);
    text(name, person.name);
    attr(lower, 'aria-label', `Lower the hand of ${person.name}`);
  }

  function render() {
    const { hands } = session.room;
    show(node, moderates(session.role) && hands.length > 0);
    text(many, hands.length);
    keyed(list, hands, (person) => person.member, makeRow, renderRow);
  }
  return { node, render };
}
