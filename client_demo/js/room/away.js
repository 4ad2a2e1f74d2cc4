/** The banner while the host is away: how long the room waits, and who may take it over. */

import { attr, h, show, text } from '../parts/dom.js';
import { position, secondsLeft } from '../pure/format.js';

/** @param {import('./room.js').Scene} scene */
export function makeAway({ session, act }) {
  const left = h('span', {
    class: 'countdown',
    testid: 'away-countdown',
    role: 'timer',
    'aria-live': 'off',
  });
  const words = h('p', { class: 'banner-words', role: 'alert' });
  const told = h('p', { class: 'dim' });
  const take = h(
    'button',
    { class: 'button primary', testid: 'take-over', onclick: () => act('take_over') },
    'Take over',
  );
  const node = h(
    'section',
    { class: 'banner away', testid: 'host-away', hidden: true },
    left,
    h('div', { class: 'grow' }, words, told),
    h('div', { class: 'row' }, take),
  );

  function render() {
    const { room, role } = session;
    const visible = Boolean(room.away) && room.state === 'live';
    show(node, visible);
    if (!visible) return;
    const host = room.seats.find((seat) => seat.role === 'host')?.name ?? 'The host';
    text(words, `${host} is away`);
    const heirs = room.seats.some((seat) => seat.role === 'cohost');
    text(
      told,
      role === 'cohost'
        ? 'You can host this room from now on. Otherwise it ends when the time is up.'
        : heirs
          ? 'The room waits. A co-host may take over; otherwise it ends when the time is up.'
          : 'The room waits, and ends when the time is up.',
    );
    show(take, role === 'cohost');
    attr(node, 'data-until', room.away.until);
    tick();
  }

  function tick() {
    const away = session.room?.away;
    if (away) text(left, position(secondsLeft(away.until, session.serverNow)));
  }

  return { node, render, tick };
}
