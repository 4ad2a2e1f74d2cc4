/** The question that the artists picked, large on the stage until it is answered. */

import { h, show, text } from '../parts/dom.js';
import { counted } from '../pure/format.js';

/** @param {import('./room.js').Scene} scene */
export function makePicked({ session, act }) {
  const words = h('p', { class: 'picked-words' });
  const who = h('p', { class: 'picked-who' });
  const done = h(
    'button',
    {
      class: 'button glass',
      testid: 'answered-now',
      onclick: () => act('answered', { question: session.room.picked.question }),
    },
    'Answered',
  );
  const node = h(
    'section',
    { class: 'picked', testid: 'picked', 'aria-live': 'polite', hidden: true },
    h('div', { class: 'grow' }, h('h2', {}, 'The artists’ pick'), words, who),
    done,
  );

  function render() {
    const { picked, state } = session.room;
    show(node, Boolean(picked) && state === 'live');
    if (!picked) return;
    text(words, picked.text);
    text(who, `${picked.name} · ${counted(picked.votes, 'vote')}`);
    show(done, Boolean(session.seat));
  }

  return { node, render };
}
