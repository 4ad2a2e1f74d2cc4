/** One seat on the stage: who, as what, how loud, with a raised hand; and what I may do about them. */

import { avatar, updateAvatar } from '../parts/avatar.js';
import { attr, h, icon, setIcon, show, text } from '../parts/dom.js';
import { ROLE_NAMES } from '../pure/format.js';
import { mayActOn } from '../pure/moderation.js';
import { makeMemberMenu } from './membermenu.js';

/** @param {import('./room.js').Scene} scene @param {string} member */
export function makeSeat(scene, member) {
  const { session, act } = scene;
  const face = avatar({ member, handle: '', name: '' });
  const hand = h('span', { class: 'hand', testid: `hand-${member}`, hidden: true }, icon('hand'));
  const name = h('span', { class: 'seat-name' });
  const handle = h('span', { class: 'seat-handle' });
  const mic = h('span', { class: 'seat-mic' });
  const role = h('span', {});
  const mute = h(
    'button',
    { class: 'mini', testid: `mute-${member}`, onclick: () => act('mute', { member }) },
    'Mute',
  );
  const menu = makeMemberMenu(scene, member);
  const tools = h('span', { class: 'seat-tools' }, mute, menu.node);
  const node = h(
    'li',
    { class: 'seat', testid: `seat-${member}`, 'data-member': member },
    h('span', { class: 'ring' }, face, hand),
    name,
    handle,
    h('span', { class: 'seat-role' }, mic, role),
    tools,
  );

  return {
    node,
    /**
     * @param {import('../wire/types.js').Seat} seat
     * @param {number|undefined} level how loud, if heard
     */
    render(seat, level) {
      const own = member === session.you.member;
      const raised = session.room.hands.some((person) => person.member === member);
      updateAvatar(face, seat);
      text(name, own ? `${seat.name} (you)` : seat.name);
      text(handle, `@${seat.handle || member}`);
      setIcon(mic, seat.muted ? 'mic-off' : 'mic');
      text(role, ROLE_NAMES[seat.role]);
      attr(node, 'data-role', seat.role);
      attr(node, 'data-muted', String(seat.muted));
      attr(node, 'data-speaking', String(level !== undefined));
      show(hand, raised);
      const said = level === undefined ? (seat.muted ? 'muted' : 'microphone open') : 'speaking';
      const up = raised ? ', hand raised' : '';
      attr(node, 'aria-label', `${seat.name}, ${ROLE_NAMES[seat.role]}, ${said}${up}`);
      node.style.setProperty('--level', (level ?? 0).toFixed(2));
      show(tools, !own);
      show(mute, mayActOn(session.role, seat.role));
      mute.disabled = seat.muted;
      attr(mute, 'aria-label', `Mute ${seat.name}`);
      menu.render(seat);
    },
  };
}
