/** Modal dialogs with more in them than a question: a form that stays until it went through. */

import { h } from './dom.js';
import { trouble } from './fields.js';

let made = 0;

/**
 * Open a modal dialog; it is gone from the page once closed.
 *
 * @param {{title: string, testid: string, words?: string}} options
 * @param {...any} children
 * @returns {HTMLDialogElement}
 */
export function openDialog({ title, testid, words }, ...children) {
  made += 1;
  const id = `dialog-${made}`;
  const node = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': id, testid },
    h('h2', { id }, title),
    words && h('p', {}, words),
    ...children,
  );
  node.addEventListener('close', () => node.remove());
  document.body.append(node);
  node.showModal();
  return node;
}

/**
 * A form in a modal dialog. What `send` is refused is told in it, and it stays open to try again.
 *
 * @param {{title: string, testid: string, words?: string, yes: string, danger?: boolean,
 *   fields: any[], send: () => Promise<any>}} options
 */
export function openForm({ title, testid, words, yes, danger = false, fields, send }) {
  const wrong = trouble();
  const submit = h(
    'button',
    { class: danger ? 'button danger' : 'button primary', testid: `${testid}-send` },
    yes,
  );
  const cancel = h(
    'button',
    { class: 'button quiet', type: 'button', onclick: () => node.close() },
    'Cancel',
  );
  async function tryIt(event) {
    event.preventDefault();
    submit.disabled = true;
    try {
      await wrong.guard(async () => {
        await send();
        node.close();
      });
    } finally {
      submit.disabled = false;
    }
  }
  const form = h(
    'form',
    { class: 'stack', onsubmit: tryIt },
    ...fields,
    wrong.node,
    h('div', { class: 'row end' }, cancel, submit),
  );
  const node = openDialog({ title, testid, words }, form);
  return node;
}
