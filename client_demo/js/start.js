/** "Start a Space": a show with a room or two, made by whoever fills in the form (development mode). */

import * as api from './api.js';
import { h, show } from './dom.js';
import { freshName } from './format.js';
import { lastTyped, signIn } from './identity.js';
import { toastError } from './toast.js';

/** A labelled field. */
export const field = (label, control) =>
  h('label', { class: 'field' }, h('span', {}, label), control);

const kindChoice = (testid, chosen) =>
  h(
    'select',
    { testid },
    h('option', { value: 'space', selected: chosen === 'space' }, 'Space'),
    h('option', { value: 'blueroom', selected: chosen === 'blueroom' }, 'Blueroom'),
  );

/** @param {import('./main.js').App} app */
export function makeStart(app) {
  const typed = lastTyped();
  const handle = h('input', {
    testid: 'start-handle',
    required: true,
    maxlength: 64,
    autocomplete: 'username',
    value: typed.handle,
  });
  const name = h('input', {
    testid: 'start-name',
    maxlength: 50,
    autocomplete: 'name',
    value: typed.name,
  });
  const title = h('input', { testid: 'start-title', required: true, maxlength: 70 });
  const kind = kindChoice('start-kind', 'space');
  const second = h('input', { type: 'checkbox', testid: 'start-second' });
  const secondTitle = h('input', { testid: 'start-second-title', maxlength: 70 });
  const secondKind = kindChoice('start-second-kind', 'space');
  const more = h(
    'div',
    { class: 'pair', hidden: true },
    field('Title of the second room', secondTitle),
    field('Kind', secondKind),
  );
  second.addEventListener('change', () => {
    show(more, second.checked);
    secondTitle.required = second.checked;
    if (second.checked && !secondTitle.value) secondTitle.value = 'After party';
  });
  const submit = h('button', { class: 'button primary', testid: 'start-create' }, 'Create');
  const form = h(
    'form',
    { class: 'stack', onsubmit: (event) => create(event).catch(toastError) },
    h('h2', { id: 'start-title' }, 'Start a Space'),
    h('div', { class: 'pair' }, field('Your handle', handle), field('Your name', name)),
    h('div', { class: 'pair' }, field('Title', title), field('Kind', kind)),
    h(
      'label',
      { class: 'check' },
      second,
      h('span', {}, 'Hand the audience over to a second room afterwards'),
    ),
    more,
    h(
      'div',
      { class: 'row end' },
      h('button', { class: 'button quiet', type: 'button', onclick: () => node.close() }, 'Cancel'),
      submit,
    ),
  );
  const node = h('dialog', { class: 'dialog', 'aria-labelledby': 'start-title' }, form);

  async function create(event) {
    event.preventDefault();
    submit.disabled = true;
    try {
      const me = await signIn(handle.value, name.value);
      const evening = freshName(title.value, Math.random());
      await api.createShow(me.token, { show: evening, title: title.value });
      const language = navigator.language || 'en';
      const make = (heading, sort) =>
        api.createRoom(me.token, evening, {
          room: freshName(heading, Math.random()),
          kind: sort,
          title: heading,
          language,
        });
      const first = await make(title.value, kind.value);
      if (second.checked) await make(secondTitle.value, secondKind.value);
      node.close();
      app.enter(first.room.room, me);
    } finally {
      submit.disabled = false;
    }
  }

  return {
    node,
    open() {
      node.showModal();
      (handle.value ? title : handle).focus();
    },
  };
}
