/** What was said, line by line, and a field for whoever may add a line to it. */

import { attr, h, keyed, show, text } from './dom.js';

const NEAR_END_PIXELS = 40;

/** @param {import('./room.js').Scene} scene */
export function makeCaptions({ session, act, nameOf }) {
  const lines = h('div', {
    class: 'lines',
    testid: 'captions',
    role: 'log',
    'aria-live': 'polite',
    'aria-label': 'Captions',
    tabindex: '0',
  });
  const none = h(
    'p',
    { class: 'dim' },
    'What is said on the stage appears here, where a speaker lends words to it.',
  );
  const field = h('input', {
    testid: 'say-text',
    maxlength: 500,
    placeholder: 'Caption what you say',
    'aria-label': 'Caption what you say',
  });
  const form = h(
    'form',
    {
      class: 'row say',
      onsubmit: async (event) => {
        event.preventDefault();
        const said = field.value.trim();
        if (said && (await act('say', { text: said, language: session.room.language })))
          field.value = '';
      },
    },
    field,
    h('button', { class: 'button quiet', testid: 'say-send' }, 'Add'),
  );
  const node = h(
    'section',
    { class: 'panel captions' },
    h('h2', {}, 'Captions'),
    none,
    lines,
    form,
  );

  const makeLine = () => h('p', { class: 'line' }, h('strong', {}), h('span', {}));

  /** @param {any} line @param {import('./types.js').Caption} caption */
  function renderLine(line, { member, text: said, language }) {
    const [who, words] = line.children;
    text(who, nameOf(member));
    text(words, said);
    attr(words, 'lang', language);
  }

  function render() {
    const { room, seat } = session;
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR_END_PIXELS;
    /** @param {import('./types.js').Caption} caption */
    const key = ({ at, member, text: said }) => `${room.room} ${at} ${member} ${said}`;
    keyed(lines, room.captions, key, makeLine, renderLine);
    show(none, room.captions.length === 0);
    show(lines, room.captions.length > 0);
    show(form, Boolean(seat && !seat.muted && room.state === 'live'));
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  }

  return { node, render };
}
