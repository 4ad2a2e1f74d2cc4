/** A room that has not begun, changed or called off by its host. */

import { ask } from '../parts/ask.js';
import { h } from '../parts/dom.js';
import { trouble } from '../parts/fields.js';
import { kindName } from '../pure/format.js';
import * as api from '../wire/api.js';
import { makeRoomForm } from './roomform.js';

/**
 * Let the host change it.
 *
 * @param {import('../main.js').App} app
 * @param {string} token
 * @param {import('../wire/types.js').Room} room
 * @returns {Promise<boolean>} whether it was changed
 */
export function editRoom(app, token, room) {
  return new Promise((resolve) => {
    let changed = false;
    const form = makeRoomForm('edit', {
      now: () => app.now,
      rules: () => room.rules,
      kind: () => room.kind,
    });
    form.fill(room);
    const wrong = trouble();
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'edit-heading', testid: 'edit' },
      h(
        'form',
        {
          class: 'stack',
          onsubmit: (event) => {
            event.preventDefault();
            wrong.guard(save);
          },
        },
        h('h2', { id: 'edit-heading' }, `Edit this ${kindName(room.kind)}`),
        form.node,
        wrong.node,
        h(
          'div',
          { class: 'row end dialog-end' },
          h(
            'button',
            { class: 'button quiet', type: 'button', onclick: () => dialog.close() },
            'Cancel',
          ),
          h('button', { class: 'button primary', testid: 'edit-save' }, 'Save'),
        ),
      ),
    );

    async function save() {
      const { speak, ...fields } = form.read();
      // Only what is different: the rest stays as whoever else left it.
      const changes = Object.entries(fields).filter(
        ([key, value]) => value !== null && String(value) !== String(room[key]),
      );
      const edit = Object.fromEntries(changes);
      if (changes.length) await api.command(token, room.room, 'edit', edit);
      if (speak !== room.speak) await api.command(token, room.room, 'who_may_speak', { speak });
      changed = true;
      dialog.close();
    }

    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(changed);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Call it off, if the host is sure.
 *
 * @param {string} token
 * @param {import('../wire/types.js').Room} room
 * @returns {Promise<boolean>} whether it was canceled
 */
export async function cancelRoom(token, room) {
  const sure = await ask({
    title: `Cancel this ${kindName(room.kind)}?`,
    words: 'It will not take place. Whoever set a reminder is told.',
    yes: 'Cancel it',
    testid: 'cancel-confirm',
  });
  if (sure) await api.command(token, room.room, 'cancel');
  return sure;
}
