/**
 * Every figure of a room with what exactly it counts, folded away until somebody wants to know.
 *
 * @import {Counts} from '../wire/types.js'
 */

import { count } from '../pure/format.js';
import { attr, h, show, text } from './dom.js';

/** Key of the counts, its name, and its sentence. */
const FIGURES = [
  ['listeners', 'Live now', 'Distinct people who listen at this moment; the stage is not in it.'],
  [
    'simulated',
    'Simulated',
    'How many of those who listen now are made up: a replay counts them in and out, and no person is behind them. All other figures count them as well.',
  ],
  ['participants', 'Participants', 'Everybody in the room at this moment, the stage included.'],
  ['peak', 'Peak', 'The most listeners there ever were at one moment.'],
  ['peak_simulated', 'Simulated at the peak', 'How many of these were made up, at that moment.'],
  ['tuned_in', 'Total tuned in', 'Distinct people who ever came in, however often.'],
  [
    'plays',
    'Replay plays',
    'Distinct people who played the recording and told the server who they are.',
  ],
];

/** Each figure with its sentence. @returns {{node: HTMLElement, render: (counts: Counts) => void}} */
export function makeFigures() {
  const rows = FIGURES.map(([key, label, sentence]) => {
    const value = h('dd', { class: 'count-value', testid: `count-${key}` });
    const node = h('div', {}, h('dt', {}, label), value, h('dd', { class: 'dim small' }, sentence));
    return { key, value, node };
  });
  const node = h(
    'div',
    { class: 'counted' },
    h('dl', {}, ...rows.map((row) => row.node)),
    h(
      'p',
      { class: 'dim small' },
      'All of them are exact: a person with three browsers counts once, nothing is sampled or estimated.',
    ),
  );
  return {
    node,
    render(counts) {
      for (const { key, value, node: row } of rows) {
        show(row, counts[key] !== undefined && (!key.endsWith('simulated') || counts[key] > 0));
        text(value, count(counts[key] ?? 0));
        attr(value, 'data-count', counts[key]);
      }
    },
  };
}

/** The same, folded away until somebody wants to know. */
export function makeCounts() {
  const { node: figures, render } = makeFigures();
  const node = h(
    'details',
    { class: 'counted', testid: 'counts' },
    h('summary', {}, 'What is counted'),
    figures,
  );
  return { node, render };
}
