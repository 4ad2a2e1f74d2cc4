/** The waiting room: a countdown to the time that the room is planned for, and what is heard till then. */

import { makeCountdown } from '../parts/countdown.js';
import { h, show, text } from '../parts/dom.js';
import { kindName } from '../pure/format.js';

/** @param {import('./room.js').Scene} scene */
export function makeWaiting({ session }) {
  const words = h('p', { class: 'banner-words' });
  const countdown = makeCountdown(() => session.serverNow);
  const told = h('p', { class: 'dim' });
  const node = h(
    'section',
    { class: 'waiting panel', testid: 'waiting', hidden: true },
    words,
    countdown.node,
    told,
  );

  function render() {
    const { room } = session;
    const visible = room.state === 'scheduled';
    show(node, visible);
    if (!visible) return;
    const host = room.seats[0]?.name ?? 'its host';
    text(words, `This ${kindName(room.kind)} has not begun`);
    countdown.render(room.scheduled_for);
    const tune = room.waiting === 'tune' ? ' A tune plays until then.' : '';
    text(told, `It opens when ${host} does.${tune}`);
  }

  function tick() {
    if (session.room?.state === 'scheduled') countdown.tick();
  }

  return { node, render, tick };
}
