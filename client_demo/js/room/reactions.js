/** Reactions: the bar that sends them, and their flight from whoever sent them. */

import { h, keyed, show } from '../parts/dom.js';
import { makeTones } from '../parts/tonepicker.js';
import { toned, takesTone } from '../pure/tones.js';

const MOST_OF_ONE = 6;
const MOST_AT_ONCE = 60;
const SPREAD_PIXELS = 60;
/** Flights begin on the screen, whatever has been scrolled away. */
const MARGIN_PIXELS = { top: 90, bottom: 110 };

/** @param {import('./room.js').Scene} scene @param {(member: string) => Element} faceOf */
export function makeReactions({ session, act }, faceOf) {
  const flights = document.getElementById('flights');
  const list = h('span', { class: 'reaction-list' });
  const tones = makeTones(render);
  const bar = h(
    'div',
    { class: 'reactions', role: 'group', 'aria-label': 'Reactions' },
    list,
    tones.node,
  );

  const makeButton = (reaction, n) =>
    h(
      'button',
      {
        class: 'reaction',
        testid: `react-${n}`,
        'aria-label': `React with ${reaction}`,
        onclick: () => act('react', { reaction }),
      },
      reaction,
    );

  function render() {
    const { reactions, state } = session.room;
    const choices = reactions.map((reaction, n) => ({ reaction: toned(reaction, tones.tone), n }));
    keyed(
      list,
      choices,
      ({ reaction }) => reaction,
      ({ reaction, n }) => makeButton(reaction, n),
    );
    show(tones.node, reactions.some(takesTone));
    show(bar, ['scheduled', 'live'].includes(state));
  }

  /** Where a reaction rises from: over its sender's avatar, or anywhere along the audience. */
  function origin(member) {
    const face = faceOf(member);
    const { left, top, width } = face.getBoundingClientRect();
    const lowest = innerHeight - MARGIN_PIXELS.bottom;
    const y = Math.min(Math.max(top, MARGIN_PIXELS.top), lowest);
    const x = left + width * (face.matches('.ring') ? 0.5 : Math.random());
    return { x, y };
  }

  function launch(reaction, member) {
    if (flights.children.length >= MOST_AT_ONCE) return;
    const { x, y } = origin(member);
    const node = h('span', { class: 'flight', testid: 'flight', 'data-from': member }, reaction);
    node.style.setProperty('--x', `${x}px`);
    node.style.setProperty('--y', `${y}px`);
    node.style.setProperty('--drift', `${(Math.random() - 0.5) * SPREAD_PIXELS}px`);
    node.style.setProperty('--wait', `${(Math.random() * 0.5).toFixed(2)}s`);
    node.addEventListener('animationend', () => node.remove());
    flights.append(node);
  }

  return {
    bar,
    render,
    /** @param {[string, string, number][]} told sender ("": the audience), reaction, how many */
    fly(told) {
      // A hidden page runs no animations, so nothing would take the flights away; and beside
      // another page there is nowhere that they could rise from.
      if (document.visibilityState !== 'visible' || !bar.isConnected) return;
      for (const [member, reaction, times] of told) {
        for (let n = 0; n < Math.min(times, MOST_OF_ONE); n += 1) launch(reaction, member);
      }
    },
    destroy: () => flights.replaceChildren(),
  };
}
