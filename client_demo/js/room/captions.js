/** What was said, line by line, and a field for whoever lends words to what they say. */

import { attr, h, keyed, show, text } from '../parts/dom.js';
import { languageChoice } from '../parts/languages.js';
import { languageName } from '../pure/format.js';

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
  const consent = h('input', {
    type: 'checkbox',
    testid: 'captions-consent',
    onchange: async () => {
      // The room says whether it is so; a refused wish must not look granted.
      if (!(await act('consent', { captions: consent.checked }))) render();
    },
  });
  const agree = h('label', { class: 'check' }, consent, h('span', {}, 'Captions of what I say'));
  const field = h('input', {
    testid: 'say-text',
    maxlength: 500,
    placeholder: 'Caption what you say',
    'aria-label': 'Caption what you say',
  });
  const language = languageChoice('say-language');
  attr(language.node, 'aria-label', 'Language of the caption');
  let offered = '';
  const form = h(
    'form',
    {
      class: 'say',
      onsubmit: async (event) => {
        event.preventDefault();
        const said = field.value.trim();
        if (said && (await act('say', { text: said, language: language.node.value })))
          field.value = '';
      },
    },
    field,
    h(
      'div',
      { class: 'row' },
      language.node,
      h('button', { class: 'button quiet', testid: 'say-send' }, 'Add'),
    ),
  );
  const node = h(
    'section',
    { class: 'panel captions' },
    h('h2', {}, 'Captions'),
    none,
    lines,
    agree,
    form,
  );

  const makeLine = () =>
    h(
      'p',
      { class: 'line' },
      h('span', { class: 'line-who' }, h('strong', {}), h('span', { class: 'dim' })),
      h('span', { class: 'line-words' }),
    );

  /** @param {any} line @param {import('../wire/types.js').Caption} caption */
  function renderLine(line, { member, text: said, language: tag }) {
    const [who, words] = line.children;
    text(who.firstElementChild, nameOf(member));
    text(who.lastElementChild, languageName(tag));
    text(words, said);
    attr(words, 'lang', tag);
  }

  function render() {
    const { room, seat } = session;
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR_END_PIXELS;
    /** @param {import('../wire/types.js').Caption} caption */
    const key = ({ at, member, text: said }) => `${room.room} ${at} ${member} ${said}`;
    keyed(lines, room.captions, key, makeLine, renderLine);
    show(none, room.captions.length === 0);
    show(lines, room.captions.length > 0);
    show(agree, Boolean(seat));
    consent.checked = Boolean(seat?.captions);
    if (offered !== room.language) {
      offered = room.language;
      language.offer(offered);
      language.node.value = offered;
    }
    show(form, Boolean(seat?.captions && !seat.muted && room.state === 'live'));
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  }

  return { node, render };
}
