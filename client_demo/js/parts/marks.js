/** Buttons that set a mark of one's account: "Follow", "Set reminder", and what takes it back. */

import { attr, h, text } from './dom.js';
import { toastError } from './toast.js';

const KINDS = {
  follows: { off: 'Follow', on: 'Following', why: 'Following people needs an account.' },
  series: { off: 'Follow', on: 'Following', why: 'Following a series needs an account.' },
  reminders: {
    off: 'Set reminder',
    on: 'Reminder set',
    why: 'You are told half an hour before, and when it begins. That needs an account.',
  },
};

/**
 * @param {import('../main.js').App} app
 * @param {keyof typeof KINDS} list
 * @param {{testid: string, class?: string}} looks
 */
export function makeMark(app, list, { testid, class: look = 'mini' }) {
  const { off, on, why } = KINDS[list];
  const node = h('button', { class: `${look} mark`, type: 'button', testid, onclick: press });
  let id = '';
  let about = '';

  async function press() {
    node.disabled = true;
    try {
      if (await app.signedIn(why)) await app.account.set(list, id, !app.account.has(list, id));
    } catch (error) {
      toastError(error);
    } finally {
      node.disabled = false;
      draw();
    }
  }

  function draw() {
    const set = app.account.has(list, id);
    text(node, set ? on : off);
    attr(node, 'aria-pressed', String(set));
    attr(node, 'aria-label', `${set ? on : off}: ${about}`);
  }

  return {
    node,
    /** @param {string} of whom or what the mark is for @param {string} called how people call it */
    render(of, called) {
      [id, about] = [of, called];
      draw();
    },
  };
}
