/** The parts of forms: labelled fields, choices, a count of what is left to write. */

import { attr, h, show, text } from './dom.js';

/** Where a dialog says what is wrong: it covers the page's own messages. */
export function trouble() {
  const node = h('p', { class: 'trouble', role: 'alert', testid: 'trouble', hidden: true });
  function tell(sentence) {
    text(node, sentence);
    show(node, Boolean(sentence));
  }
  return {
    node,
    tell,
    /** Do it; what is refused is told here. @param {() => any} run */
    async guard(run) {
      tell('');
      try {
        await run();
      } catch (error) {
        if (!error.code) throw error;
        tell(error.message);
        node.scrollIntoView({ block: 'nearest' });
      }
    },
  };
}

/** A labelled field. */
export const field = (label, control, ...more) =>
  h('label', { class: 'field' }, h('span', {}, label), control, ...more);

/**
 * A choice of one of several.
 *
 * @param {string} testid
 * @param {Record<string, string>} words what can be chosen, and how it is called
 * @param {string} chosen
 */
export const choice = (testid, words, chosen) =>
  h(
    'select',
    { testid },
    ...Object.entries(words).map(([value, word]) =>
      h('option', { value, selected: value === chosen }, word),
    ),
  );

/** Something that is so or not. */
export const tick = (testid, label, hint = '') => {
  const box = h('input', { type: 'checkbox', testid });
  const words = h('span', {}, label, hint && h('span', { class: 'hint' }, hint));
  return { box, node: h('label', { class: 'check' }, box, words) };
};

/**
 * A labelled text with a count of its characters beside the label.
 *
 * @param {string} label
 * @param {any} control an input or textarea
 * @param {number} longest
 */
export function countedField(label, control, longest) {
  const left = h('span', { class: 'left', 'aria-hidden': 'true' });
  function render() {
    const length = [...control.value].length;
    text(left, `${length}/${longest}`);
    attr(left, 'data-over', length > longest ? 'true' : null);
  }
  control.addEventListener('input', render);
  render();
  const node = h(
    'label',
    { class: 'field' },
    h('span', { class: 'field-top' }, h('span', {}, label), left),
    control,
  );
  return { node, render };
}

/**
 * Who one says one is: a handle and a name, as typed last.
 *
 * @param {string} where begins their test identities
 * @param {{handle: string, name: string}} typed
 */
export function whoFields(where, typed) {
  const handle = h('input', {
    testid: `${where}-handle`,
    required: true,
    maxlength: 64,
    placeholder: 'yourhandle',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    value: typed.handle,
  });
  const name = h('input', {
    testid: `${where}-name`,
    maxlength: 50,
    placeholder: 'What others see',
    autocomplete: 'name',
    value: typed.name,
  });
  return { handle, name };
}
