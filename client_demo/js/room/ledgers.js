/**
 * What became of a handoff, for the host who offered it: followed by REST once the host has moved
 * along, since a member hears only the room they are in.
 */

import { ledgerNode } from '../lobby/over.js';
import { h } from '../parts/dom.js';
import * as api from '../wire/api.js';

const ASK_SECONDS = 1;
const ASK_TIMES = 30;

/** @param {import('./room.js').Scene} scene */
export function makeLedgers({ session }) {
  const node = h('div', { class: 'ledgers', 'aria-live': 'polite' });
  /** The handoff that I offered from the room I was in last. */
  let offered = '';
  let timer = null;
  let left = false;

  function settle(tally) {
    const card = ledgerNode(tally, 'The handoff is complete');
    card.classList.add('panel');
    card.append(h('button', { class: 'button quiet', onclick: () => card.remove() }, 'Done'));
    node.replaceChildren(card);
  }

  async function follow(room, handoff, times) {
    const found = await api.room(room).catch(() => null);
    const closed = found?.room.handoff;
    if (left) return;
    if (closed?.handoff === handoff && closed.tally) settle(closed.tally);
    else if (times > 1)
      timer = setTimeout(() => follow(room, handoff, times - 1), ASK_SECONDS * 1000);
  }

  return {
    node,
    /** @param {any} event */
    event(event) {
      if (event.type === 'handoff_offered' && session.role === 'host') offered = event.handoff;
      if (event.type === 'handoff_closed' && session.role === 'host') settle(event.tally);
    },
    /** @param {string} from @param {string} handoff */
    moved(from, handoff) {
      clearTimeout(timer);
      if (handoff === offered) follow(from, handoff, ASK_TIMES);
    },
    destroy() {
      left = true;
      clearTimeout(timer);
    },
  };
}
