/** A question in a modal dialog, for what cannot be undone. */

import { h } from './dom.js';

/**
 * @param {{title: string, words: string, yes: string, testid: string}} question
 * @returns {Promise<boolean>}
 */
export function ask({ title, words, yes, testid }) {
  return new Promise((resolve) => {
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'ask-title' },
      h('h2', { id: 'ask-title' }, title),
      h('p', {}, words),
      h(
        'form',
        { method: 'dialog', class: 'row end' },
        h('button', { class: 'button quiet', value: 'no' }, 'Cancel'),
        h('button', { class: 'button danger', value: 'yes', testid }, yes),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
