/** "Sign in": a dialog that asks who this tab is, for whatever needs an account. */

import { h, show } from '../parts/dom.js';
import { field, trouble, whoFields } from '../parts/fields.js';
import { Refusal } from '../wire/link.js';
import { lastTyped, signIn, withToken } from './identity.js';

/**
 * @param {boolean} dev whether any name may be taken; otherwise a token is asked for
 * @param {string} why what it is for, as a sentence
 * @returns {Promise<import('./identity.js').Identity|null>} null if the person would rather not
 */
export function askWho(dev, why) {
  return new Promise((resolve) => {
    const typed = lastTyped();
    const { handle, name } = whoFields('signin', typed);
    handle.required = dev;
    const token = h('input', {
      testid: 'signin-token',
      required: !dev,
      placeholder: 'Ask the server’s operator for one',
      autocomplete: 'off',
    });
    const names = h(
      'div',
      { class: 'pair' },
      field('Your handle', handle),
      field('Your name', name),
    );
    const bearer = field('Access token', token);
    show(names, dev);
    show(bearer, !dev);
    const wrong = trouble();
    let found = null;
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'signin-title', testid: 'signin' },
      h('h2', { id: 'signin-title' }, 'Sign in'),
      h('p', {}, why),
      h(
        'form',
        { class: 'stack', onsubmit: (event) => wrong.guard(() => become(event)) },
        names,
        bearer,
        wrong.node,
        h(
          'div',
          { class: 'row end' },
          h(
            'button',
            { class: 'button quiet', type: 'button', onclick: () => dialog.close() },
            'Cancel',
          ),
          h('button', { class: 'button primary', testid: 'signin-go' }, 'Sign in'),
        ),
      ),
    );

    async function become(event) {
      event.preventDefault();
      const me = dev ? await signIn(handle.value, name.value) : withToken(token.value);
      if (me.anonymous) throw new Refusal('anonymous_listens', 'That token is for nobody by name.');
      found = me;
      dialog.close();
    }

    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(found);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
