/** The little palette that says in which skin tone my reactions go out. */

import { TONES, TONE_NAMES, rememberTone, rememberedTone } from '../pure/tones.js';
import { attr, h } from './dom.js';
import { placeUnder } from './menu.js';

/** @param {() => void} changed */
export function makeTones(changed) {
  let tone = rememberedTone();
  const palette = h('div', { class: 'menu palette', popover: 'auto', role: 'group' });
  attr(palette, 'aria-label', 'Skin tone');
  const swatch = h('span', { class: 'swatch' });
  const button = h('button', { class: 'reaction tone', type: 'button', testid: 'tone' }, swatch);
  button.popoverTargetElement = palette;
  const choices = TONES.map((value, n) =>
    h(
      'button',
      {
        class: 'reaction',
        type: 'button',
        testid: `tone-${n}`,
        'aria-label': TONE_NAMES[n],
        title: TONE_NAMES[n],
        onclick: () => choose(value),
      },
      h('span', { class: 'swatch', 'data-tone': n }),
    ),
  );
  palette.append(...choices);
  palette.addEventListener('toggle', ({ newState }) => {
    if (newState !== 'open') return;
    placeUnder(palette, button);
    choices[TONES.indexOf(tone)].focus();
  });

  function render() {
    attr(swatch, 'data-tone', TONES.indexOf(tone));
    attr(button, 'aria-label', `Skin tone: ${TONE_NAMES[TONES.indexOf(tone)]}`);
    TONES.forEach((value, n) => attr(choices[n], 'aria-pressed', String(value === tone)));
  }

  function choose(value) {
    tone = value;
    rememberTone(value);
    palette.hidePopover();
    render();
    changed();
  }

  render();
  return {
    node: h('span', { class: 'tones' }, button, palette),
    get tone() {
      return tone;
    },
  };
}
