/** Who asks to speak: a queue with an answer for each, for whoever moderates. */

import { avatar, updateAvatar } from '../parts/avatar.js';
import { attr, h, keyed, show, text } from '../parts/dom.js';

/** @param {import('./room.js').Scene} scene */
export function makeRequests({ session, act }) {
  const waiting = h('span', { class: 'badge', testid: 'request-count' });
  const queue = h('ul', { class: 'queue' });
  const nobody = h('p', { class: 'dim' }, 'Nobody asks to speak.');
  const node = h(
    'section',
    { testid: 'requests' },
    h('h2', {}, 'Requests to speak ', waiting),
    nobody,
    queue,
  );

  function makeRequest(person) {
    const { member } = person;
    const answer = (look, type, words) =>
      h(
        'button',
        { class: look, testid: `${type}-${member}`, onclick: () => act(type, { member }) },
        words,
      );
    return h(
      'li',
      { class: 'request', testid: `request-${member}` },
      avatar(person, 'small'),
      h('span', { class: 'grow' }),
      answer('mini strong', 'accept', 'Accept'),
      answer('mini', 'decline', 'Decline'),
    );
  }

  function renderRequest(row, person) {
    const [face, name, accept, decline] = row.children;
    updateAvatar(face, person);
    text(name, person.name);
    attr(accept, 'aria-label', `Accept ${person.name}`);
    attr(decline, 'aria-label', `Decline ${person.name}`);
  }

  function render() {
    const { room } = session;
    show(node, room.state === 'live');
    text(waiting, room.requests.length);
    show(waiting, room.requests.length > 0);
    show(nobody, room.requests.length === 0);
    keyed(queue, room.requests, (person) => person.member, makeRequest, renderRequest);
  }

  return { node, render };
}
