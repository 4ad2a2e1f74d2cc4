/** A countdown in large figures to the time a room is planned for. */

import { clockTime } from '../pure/format.js';
import { countdownParts } from '../pure/planning.js';
import { attr, h, keyed, show, text } from './dom.js';

/** @param {() => number} now the server's time */
export function makeCountdown(now) {
  const parts = h('div', { class: 'clock', role: 'timer', testid: 'countdown' });
  const when = h('p', { class: 'clock-when', testid: 'scheduled-for' });
  const node = h('div', { class: 'begins' }, parts, when);
  let begins = 0;

  function tick() {
    if (!begins) return;
    const due = begins <= now();
    show(parts, !due);
    attr(parts, 'data-begins', begins);
    keyed(
      parts,
      countdownParts(begins, now()),
      ({ unit }) => unit,
      ({ unit }) => h('div', { class: 'clock-part' }, h('strong', {}), h('span', {}, unit)),
      (part, { value }) => text(part.firstChild, value),
    );
    text(when, due ? 'It should begin any moment now.' : `Begins ${clockTime(begins)}, your time`);
  }

  return {
    node,
    tick,
    /** @param {number|null} at seconds since the Unix epoch */
    render(at) {
      begins = at ?? 0;
      show(node, Boolean(begins));
      tick();
    },
  };
}
