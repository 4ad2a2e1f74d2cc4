/** Reactions: the bar that sends them, and their flight from whoever sent them. */

import { h, keyed, show } from './dom.js';

const MOST_OF_ONE = 6;
const MOST_AT_ONCE = 60;
const SPREAD_PIXELS = 60;

/** @param {import('./room.js').Scene} scene */
export function makeReactions({ session, act }) {
  const flights = document.getElementById('flights');
  const bar = h('div', { class: 'reactions', role: 'group', 'aria-label': 'Reactions' });

  function render() {
    const choices = session.reactions.map((reaction, n) => ({ reaction, n }));
    keyed(
      bar,
      choices,
      ({ reaction }) => reaction,
      ({ reaction, n }) =>
        h(
          'button',
          {
            class: 'reaction',
            testid: `react-${n}`,
            'aria-label': `React with ${reaction}`,
            onclick: () => act('react', { reaction }),
          },
          reaction,
        ),
    );
    show(bar, session.room.state === 'live');
  }

  /** Where a reaction rises from: its sender's avatar, or the bar for the many without one. */
  function origin(member) {
    const seat = document.querySelector(`[data-testid="seat-${CSS.escape(member)}"] .ring`);
    const { left, top, width } = (seat ?? bar).getBoundingClientRect();
    if (seat) return { x: left + width / 2, y: top };
    return { x: left + width * Math.random(), y: top };
  }

  function launch(reaction, { x, y }) {
    if (flights.children.length >= MOST_AT_ONCE) return;
    const node = h('span', { class: 'flight', testid: 'flight' }, reaction);
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
    /** @param {[string, string, number][]} list sender, reaction, how many */
    fly(list) {
      // A hidden page runs no animations, so nothing would take the flights away.
      if (document.visibilityState !== 'visible') return;
      for (const [member, reaction, times] of list) {
        for (let n = 0; n < Math.min(times, MOST_OF_ONE); n += 1) launch(reaction, origin(member));
      }
    },
    destroy: () => flights.replaceChildren(),
  };
}
