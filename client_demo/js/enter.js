/** The sheet before a room: who will you be? The click on it is also what lets the browser play. */

import * as api from './api.js';
import { avatar, updateAvatar } from './avatar.js';
import { tags } from './card.js';
import { attr, h, keyed, show, text } from './dom.js';
import { isOver } from './evolution.js';
import { counted } from './format.js';
import { anonymous, current, lastTyped, signIn, withToken } from './identity.js';
import { makeOver } from './over.js';
import { field } from './start.js';
import { toastError } from './toast.js';

const POLL_SECONDS = 3;
const FACES = 6;

/** @param {import('./main.js').App} app @param {string} id */
export function makeEnter(app, id) {
  const known = current() ?? lastTyped();
  const tag = tags();
  const live = h('span', { class: 'live' });
  const heading = h('h1', {});
  const about = h('p', { class: 'dim' });
  const faces = h('span', { class: 'faces' });
  const handle = h('input', {
    testid: 'enter-handle',
    required: true,
    maxlength: 64,
    placeholder: 'yourhandle',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    value: known.handle,
  });
  const name = h('input', {
    testid: 'enter-name',
    maxlength: 50,
    placeholder: 'What others see',
    autocomplete: 'name',
    value: known.name,
  });
  const token = h('input', {
    testid: 'enter-token',
    placeholder: 'Ask the server’s operator for one',
    autocomplete: 'off',
  });
  const begin = h(
    'button',
    { class: 'button primary wide', testid: 'start-listening' },
    'Start listening',
  );
  const nobody = h(
    'button',
    {
      class: 'button quiet wide',
      type: 'button',
      testid: 'listen-anonymously',
      onclick: () => go(anonymous),
    },
    'Listen anonymously',
  );
  const names = h('div', { class: 'pair' }, field('Your handle', handle), field('Your name', name));
  const bearer = h('div', {}, field('Access token', token));
  const form = h(
    'form',
    {
      class: 'stack',
      onsubmit: (event) => {
        event.preventDefault();
        go(() => (app.server?.dev ? signIn(handle.value, name.value) : withToken(token.value)));
      },
    },
    names,
    bearer,
    begin,
    nobody,
    h(
      'p',
      { class: 'dim small' },
      'Your microphone stays off until you open it. Somebody anonymous counts as a listener too, and can only listen.',
    ),
  );
  const sheet = h(
    'section',
    { class: 'sheet', testid: 'enter' },
    h(
      'div',
      { class: 'sheet-head' },
      h('span', { class: 'card-top' }, live, tag.node),
      heading,
      h('div', { class: 'card-stage' }, faces, about),
    ),
    h('div', { class: 'sheet-body' }, form),
  );
  const node = h('div', { class: 'enter' }, sheet);
  const view = { node, title: 'Afterparty', destroy };
  let timer = null;
  let left = false;
  show(sheet, false);

  async function go(become) {
    begin.disabled = nobody.disabled = true;
    try {
      app.enter(id, await become());
    } catch (error) {
      begin.disabled = nobody.disabled = false;
      toastError(error);
    }
  }

  function missing(error) {
    node.replaceChildren(
      h(
        'div',
        { class: 'empty' },
        h('h1', {}, error.message),
        h('a', { class: 'button primary', href: '/' }, 'Back to the lobby'),
      ),
    );
  }

  function render({ room, counts }) {
    tag.render(room);
    text(live, room.state === 'live' ? 'Live' : 'Not open yet');
    attr(live, 'class', room.state === 'live' ? 'live' : 'tag');
    text(heading, room.title);
    const inside =
      room.state === 'live'
        ? counted(counts.listeners, 'listener')
        : `${counts.participants} waiting`;
    text(about, `${room.seats[0]?.name ?? ''} hosts · ${inside}`);
    keyed(faces, room.seats.slice(0, FACES), (seat) => seat.member, avatar, updateAvatar);
    document.title = `${room.title} · Afterparty`;
    const dev = Boolean(app.server?.dev);
    for (const part of [names, nobody]) show(part, dev);
    show(bearer, !dev);
    handle.required = dev;
    token.required = !dev;
    show(sheet, true);
  }

  async function refresh() {
    await app.serverKnown;
    try {
      const summary = await api.room(id);
      if (left) return;
      if (isOver(summary.room)) {
        node.replaceChildren(makeOver(summary));
        return;
      }
      render(summary);
    } catch (error) {
      if (!error.code) throw error;
      if (sheet.hidden) missing(error);
    }
    if (!left) timer = setTimeout(refresh, POLL_SECONDS * 1000);
  }

  function destroy() {
    left = true;
    clearTimeout(timer);
  }

  refresh();
  return view;
}
