/** Short sentences that come and go: refusals, and what others did to you. */

import { h } from './dom.js';

const SECONDS = 6;
const MOST = 4;

/**
 * @param {string} sentence
 * @param {'plain'|'good'|'bad'} [mood]
 * @param {string} [href] where the sentence leads
 */
export function toast(sentence, mood = 'plain', href = '') {
  const holder = document.getElementById('toasts');
  const words = href ? h('a', { href, onclick: () => node.remove() }, sentence) : sentence;
  const node = h('div', { class: `toast toast-${mood}`, testid: 'toast' }, words);
  const close = h(
    'button',
    { class: 'toast-close', 'aria-label': 'Dismiss', onclick: () => node.remove() },
    '×',
  );
  node.append(close);
  holder.append(node);
  while (holder.children.length > MOST) holder.firstElementChild.remove();
  setTimeout(() => node.remove(), SECONDS * 1000);
}

/** Tell a refusal in its own words. Anything else is a fault of this page, and must be seen as one. */
export function toastError(error) {
  if (!error.code) throw error;
  toast(error.message, 'bad');
}
