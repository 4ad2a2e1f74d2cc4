/**
 * What was said in a recording, and who spoke when: two lists that follow the player and move it.
 *
 * @import {Caption, Mark} from '../wire/types.js'
 */

import { attr, h, keyed, show, text } from '../parts/dom.js';
import { duration, hue, position } from '../pure/format.js';
import { chapters, hues, latestAt } from '../pure/waveform.js';

/** @param {(at: number) => void} seek @param {(member: string) => string} nameOf */
export function makeTranscript(seek, nameOf) {
  const lines = makeList('recording-captions', 'Captions', seek);
  const parts = makeList('chapters', 'Chapters', seek);
  const none = h('p', { class: 'dim' }, 'Nobody lent words to it, so there are no captions.');
  const said = h(
    'section',
    { class: 'panel transcript' },
    h('h2', {}, 'Captions'),
    none,
    lines.node,
  );
  const spoke = h(
    'section',
    { class: 'panel transcript' },
    h('h2', {}, 'Who spoke when'),
    parts.node,
  );
  return {
    said,
    spoke,
    /** @param {Caption[]} captions @param {Mark[]} marks */
    render(captions, marks) {
      const colours = hues(marks);
      const colourOf = (member) => colours.get(member) ?? hue(member);
      lines.render(
        captions.map(({ at, member, text: words, language }) => ({
          at,
          colour: colourOf(member),
          who: nameOf(member),
          words,
          language,
        })),
      );
      parts.render(
        chapters(marks).map(({ member, name, from, to }) => ({
          at: from,
          colour: colourOf(member),
          who: name,
          words: duration(to - from),
          language: null,
        })),
      );
      show(none, captions.length === 0);
      show(lines.node, captions.length > 0);
      show(spoke, marks.length > 0);
    },
    /** The player is at this place. */
    follow(at) {
      lines.follow(at);
      parts.follow(at);
    },
  };
}

function makeList(testid, label, seek) {
  const node = h('ol', { class: 'spoken', testid, 'aria-label': label });
  let offsets = [];
  let current = -1;

  function mark(index) {
    if (node.children[current]) attr(node.children[current], 'aria-current', null);
    current = index;
    const row = node.children[current];
    if (!row) return;
    attr(row, 'aria-current', 'true');
    // Only this list moves, never the page under the reader's eyes.
    const { top, bottom } = node.getBoundingClientRect();
    const box = row.getBoundingClientRect();
    if (box.top < top || box.bottom > bottom) node.scrollTop += box.top - top - 12;
  }

  return {
    node,
    render(rows) {
      offsets = rows.map((row) => row.at);
      keyed(
        node,
        rows.map((row, n) => ({ ...row, n })),
        ({ n }) => String(n),
        () =>
          h(
            'li',
            {},
            h(
              'button',
              { type: 'button' },
              h('span', { class: 'spoken-at' }),
              h('span', {}, h('strong', {}), h('span', {})),
            ),
          ),
        (item, { at, colour, who, words, language, n }) => {
          const button = item.firstChild;
          const [when, what] = button.children;
          item.style.setProperty('--hue', String(colour));
          attr(item, 'data-testid', `${testid}-${n}`);
          attr(button, 'data-at', at);
          button.onclick = () => seek(at);
          text(when, position(at));
          text(what.firstChild, who);
          text(what.lastChild, words);
          attr(what.lastChild, 'lang', language);
        },
      );
    },
    follow(at) {
      // A place that was asked for by pressing a line is that line's own instant.
      const index = latestAt(offsets, at + 0.05);
      if (index !== current) mark(index);
    },
  };
}
