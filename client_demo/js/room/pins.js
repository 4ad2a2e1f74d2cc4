/** Posts pinned above the stage: words and maybe a link, whose destination is always told. */

import { openForm } from '../parts/dialog.js';
import { attr, h, keyed, show, text } from '../parts/dom.js';
import { field } from '../parts/fields.js';
import { moderates } from '../pure/moderation.js';

/** Where a link leads, as people read it; empty if it leads nowhere that is safe to open. */
export function placeOf(url) {
  try {
    const { protocol, host } = new URL(url);
    return protocol === 'https:' ? host : '';
  } catch {
    return '';
  }
}

/** @param {import('./room.js').Scene} scene */
export function makePins(scene) {
  const { session, act, nameOf } = scene;
  const list = h('ul', { class: 'pins' });
  const node = h('section', { testid: 'pins', 'aria-label': 'Pinned posts', hidden: true }, list);

  function makePin({ pin }) {
    return h(
      'li',
      { class: 'pin', testid: `pin-${pin}` },
      h(
        'div',
        { class: 'grow' },
        h('p', { class: 'pin-words' }),
        h(
          'p',
          { class: 'dim small' },
          h('span', {}),
          h('a', { class: 'pin-link', target: '_blank', rel: 'noopener noreferrer' }),
        ),
      ),
      h(
        'button',
        { class: 'mini', testid: `unpin-${pin}`, onclick: () => act('unpin', { pin }) },
        'Unpin',
      ),
    );
  }

  /** @param {any} item @param {import('../wire/types.js').Pin} pin */
  function renderPin(item, { member, text: words, url }) {
    const [body, unpin] = item.children;
    const [said, from] = body.children;
    const [who, link] = from.children;
    const place = placeOf(url);
    // A link of another kind is only told: nothing is opened that is not encrypted.
    text(said, [words, place ? '' : url].filter(Boolean).join('\n'));
    show(said, Boolean(said.textContent));
    text(who, `Pinned by ${nameOf(member)}`);
    text(link, `${place} ↗`);
    attr(link, 'href', place ? url : null);
    attr(link, 'aria-label', `Open ${place} in a new tab`);
    show(link, Boolean(place));
    const own = Boolean(session.seat) && member === session.you.member;
    show(unpin, own || moderates(session.role));
  }

  function render() {
    const { pins } = session.room;
    show(node, pins.length > 0);
    keyed(list, pins, (pin) => pin.pin, makePin, renderPin);
  }

  return { node, render };
}

/** @param {import('./room.js').Scene} scene */
export function openPin({ session }) {
  const words = h('textarea', { testid: 'pin-text', maxlength: 280, rows: 3 });
  const url = h('input', {
    testid: 'pin-url',
    type: 'url',
    pattern: 'https://.*',
    title: 'An address that begins with https://',
    maxlength: 500,
    placeholder: 'https://…',
  });
  openForm({
    title: 'Pin a post',
    words: 'It stands above the stage for everybody.',
    testid: 'pin-form',
    yes: 'Pin',
    fields: [field('Words', words), field('Link (if you like)', url)],
    send: () => session.send('pin', { text: words.value.trim(), url: url.value.trim() }),
  });
}
