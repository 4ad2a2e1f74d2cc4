/** "You are invited to speak": for whoever has an open invitation. */

import { h, show, text } from '../parts/dom.js';
import { secondsLeft } from '../pure/format.js';

/** @param {import('./room.js').Scene} scene */
export function makeInvitation({ session, act }) {
  const words = h('p', { class: 'banner-words', role: 'alert' });
  const left = h('span', { class: 'dim' });
  const node = h(
    'section',
    { class: 'banner', testid: 'invitation', hidden: true },
    h('div', {}, words, left),
    h(
      'div',
      { class: 'row' },
      h(
        'button',
        {
          class: 'button primary',
          testid: 'accept-invitation',
          onclick: () => act('accept_invitation'),
        },
        'Come on stage',
      ),
      h(
        'button',
        {
          class: 'button quiet',
          testid: 'decline-invitation',
          onclick: () => act('decline_invitation'),
        },
        'Stay a listener',
      ),
    ),
  );

  function render() {
    const invited = session.room?.invitations.find((one) => one.member === session.you.member);
    const seconds = invited ? secondsLeft(invited.expires_at, session.serverNow) : 0;
    if (seconds) {
      text(
        words,
        invited.role === 'cohost' ? 'You are invited to be a co-host' : 'You are invited to speak',
      );
      text(
        left,
        `The invitation stands for ${seconds} s. You come on stage with your microphone closed.`,
      );
    }
    show(node, seconds > 0);
  }

  return { node, render };
}
