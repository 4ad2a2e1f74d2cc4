/** The counts at the top of a room, and what each of them means, for whoever asks. */

import { makeFigures as explained } from '../parts/counts.js';
import { attr, h, text } from '../parts/dom.js';
import { placeUnder } from '../parts/menu.js';
import { count, ofPeakSimulated, ofSimulated } from '../pure/format.js';

/** What stands at the top: key of the counts, test id, word. */
const SHOWN = [
  ['listeners', 'listener-count', 'listening'],
  ['peak', 'peak-count', 'peak'],
  ['tuned_in', 'tuned-in', 'tuned in'],
];

/** @param {import('./room.js').Scene} scene */
export function makeFigures({ session }) {
  const shown = SHOWN.map(([key, testid, word]) => {
    const value = h('strong', { testid });
    const label = h('span', {}, word);
    return { key, value, label, node: h('div', { class: 'figure' }, value, label) };
  });
  const all = explained();
  const about = h(
    'div',
    {
      class: 'menu counts',
      popover: 'auto',
      testid: 'counts-explained',
      role: 'group',
      'aria-label': 'What is counted',
    },
    h('h2', {}, 'What is counted'),
    all.node,
  );
  const button = h(
    'button',
    {
      class: 'what-counts',
      type: 'button',
      testid: 'what-counts',
      'aria-label': 'What these figures mean',
      title: 'What these figures mean',
    },
    '?',
  );
  button.popoverTargetElement = about;
  about.addEventListener('toggle', ({ newState }) => {
    if (newState === 'open') placeUnder(about, button);
  });
  const node = h('div', { class: 'figures' }, ...shown.map((one) => one.node), button, about);

  function render() {
    const { room } = session;
    const counts = session.counts[room.room];
    for (const { key, value } of shown) {
      text(value, count(counts[key]));
      attr(value, 'data-count', counts[key]);
    }
    const word = room.state === 'scheduled' ? 'waiting' : 'listening';
    text(shown[0].label, word + ofSimulated(counts));
    text(shown[1].label, `peak${ofPeakSimulated(counts)}`);
    all.render(counts);
  }

  return { node, render };
}
