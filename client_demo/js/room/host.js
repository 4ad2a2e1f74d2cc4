/** What a host or co-host has to hand: opening, requests, hands, inviting, the room, handing over. */

import { h, show, text } from '../parts/dom.js';
import { kindName } from '../pure/format.js';
import { moderates } from '../pure/moderation.js';
import { makeHandover } from './handover.js';
import { makeHandList } from './hands.js';
import { makeInviting } from './inviting.js';
import { makeRequests } from './requests.js';
import { makeRuling } from './ruling.js';

/**
 * @param {import('./room.js').Scene} scene
 * @param {{open: (from: HTMLElement) => void}} audit
 */
export function makeHost(scene, audit) {
  const { session, act } = scene;
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
  const handover = makeHandover(scene);
  const parts = [
    makeRequests(scene),
    makeHandList(scene),
    makeInviting(scene),
    makeRuling(scene, audit),
    handover,
  ];
  const node = h(
    'section',
    { class: 'panel host', testid: 'host-panel', 'aria-label': 'Host' },
    opening,
    ...parts.map((part) => part.node),
  );

  function render() {
    const { room, role } = session;
    const standing = moderates(role) && ['scheduled', 'live'].includes(room.state);
    show(node, standing);
    if (!standing) return;
    text(open, `Open the ${kindName(room.kind)}`);
    show(opening, role === 'host' && room.state === 'scheduled');
    for (const part of parts) part.render();
  }

  return { node, render, destroy: handover.destroy };
}
