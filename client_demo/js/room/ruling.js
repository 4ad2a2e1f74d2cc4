/** How a room is run: who may speak, whether others may come in, silence, what it is called. */

import { h, show } from '../parts/dom.js';
import { choice, field } from '../parts/fields.js';
import { mayActOn } from '../pure/moderation.js';
import { SPEAK_WORDS } from '../pure/planning.js';
import { openEditing } from './editing.js';

/**
 * @param {import('./room.js').Scene} scene
 * @param {{open: (from: HTMLElement) => void}} audit
 */
export function makeRuling(scene, audit) {
  const { session, act } = scene;
  const speak = choice('who-may-speak', SPEAK_WORDS, 'invited');
  let asking = false;
  speak.addEventListener('change', async () => {
    asking = true;
    await act('who_may_speak', { speak: speak.value });
    asking = false;
    render();
  });
  const lock = h('input', {
    type: 'checkbox',
    testid: 'lock',
    onchange: async () => {
      if (!(await act('lock', { locked: lock.checked }))) render();
    },
  });
  const tool = (testid, words, run) =>
    h('button', { class: 'mini', type: 'button', testid, onclick: run }, words);
  const muteAll = tool('mute-all', 'Mute all', () => act('mute_all'));
  const edit = tool('edit-room', 'Edit', () => openEditing(scene));
  const list = tool('audit-open', 'What was done here', () => audit.open(list));
  const node = h(
    'section',
    { class: 'stack', testid: 'ruling' },
    h('h2', {}, 'The room'),
    field('Who may speak', speak),
    h(
      'label',
      { class: 'check' },
      lock,
      h('span', {}, 'Lock: nobody comes in who was not here before'),
    ),
    h('div', { class: 'row' }, muteAll, edit, list),
  );

  function render() {
    const { room, role } = session;
    if (!asking) speak.value = room.speak;
    lock.checked = room.locked;
    muteAll.disabled = !room.seats.some((seat) => !seat.muted && mayActOn(role, seat.role));
    show(edit, role === 'host');
  }

  return { node, render };
}
