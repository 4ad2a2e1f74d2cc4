/**
 * The sheet before a room: what it is, when it begins, and who will you be? The click on it is also
 * what lets the browser play.
 */

import { avatar, updateAvatar } from '../parts/avatar.js';
import { tags, topicChips } from '../parts/card.js';
import { makeCountdown } from '../parts/countdown.js';
import { makeCounts } from '../parts/counts.js';
import { attr, h, keyed, show, text } from '../parts/dom.js';
import { field, whoFields } from '../parts/fields.js';
import { makeMark } from '../parts/marks.js';
import { toastError } from '../parts/toast.js';
import { isOver } from '../pure/evolution.js';
import { count, languageName, listenersOf, ofSimulated } from '../pure/format.js';
import { SPEAK_WORDS } from '../pure/planning.js';
import { anonymous, current, lastTyped, signIn, withToken } from '../who/identity.js';
import * as api from '../wire/api.js';
import { cancelRoom, editRoom } from './edit.js';
import { makeOver } from './over.js';

const POLL_SECONDS = 3;
const FACES = 6;

/** @param {import('../main.js').App} app @param {string} id */
export function makeEnter(app, id) {
  const typed = current() ?? lastTyped();
  const tag = tags();
  const live = h('span', { class: 'live' });
  const heading = h('h1', {});
  const about = h('p', { class: 'dim grow', testid: 'enter-about' });
  const follow = makeMark(app, 'follows', { testid: 'enter-follow' });
  const description = h('p', { class: 'about-room', testid: 'enter-description' });
  const topics = topicChips();
  const facts = h('p', { class: 'dim small', testid: 'enter-facts' });
  const countdown = makeCountdown(() => app.now);
  const remind = makeMark(app, 'reminders', {
    testid: 'enter-remind',
    class: 'button glass wide-mark',
  });
  const locked = h(
    'p',
    { class: 'strip', testid: 'enter-locked', hidden: true },
    'The room is locked: only those who were in it before come in.',
  );
  const counts = makeCounts();
  const hosting = h(
    'div',
    { class: 'row hosting', testid: 'enter-hosting', hidden: true },
    h('span', { class: 'grow dim small' }, 'You host this room.'),
    h('button', { class: 'mini', testid: 'edit-room', onclick: () => change(editRoom) }, 'Edit'),
    h(
      'button',
      { class: 'mini', testid: 'cancel-room', onclick: () => change(cancelRoom) },
      'Cancel it',
    ),
  );
  const faces = h('span', { class: 'faces' });
  const { handle, name } = whoFields('enter', typed);
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
        go(() =>
          app.server?.dev
            ? signIn(handle.value, name.value)
            : (!token.value && current()) || withToken(token.value),
        );
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
      h('div', { class: 'card-stage' }, faces, about, follow.node),
      description,
      topics.node,
      countdown.node,
      remind.node,
    ),
    h('div', { class: 'sheet-body stack' }, locked, hosting, facts, form, counts.node),
  );
  const node = h('div', { class: 'enter' }, sheet);
  const view = { node, title: 'Afterparty', destroy };
  const listening = new AbortController();
  /** @type {import('../wire/types.js').RoomSummary|null} */
  let known = null;
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

  /** Edit or cancel the room, and show what came of it. */
  async function change(how) {
    try {
      const { token: bearer } = app.account.me;
      const { room } = known;
      if (await (how === editRoom ? editRoom(app, bearer, room) : cancelRoom(bearer, room)))
        await refresh();
    } catch (error) {
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

  /** What a listener may want to know before, in one line. */
  function factsOf(room) {
    const recorded = room.state === 'live' ? 'This room is being recorded' : 'Will be recorded';
    return [
      languageName(room.language),
      `May speak: ${SPEAK_WORDS[room.speak].toLowerCase()}`,
      room.recording && recorded,
      room.state === 'scheduled' && room.waiting === 'tune' && 'A tune plays until it begins',
    ].filter(Boolean);
  }

  function render() {
    if (!known) return;
    const { room, counts: figures } = known;
    const isLive = room.state === 'live';
    tag.render(room);
    text(live, isLive ? 'Live' : 'Not open yet');
    attr(live, 'class', isLive ? 'live' : 'tag');
    text(heading, room.title);
    const inside = isLive
      ? listenersOf(figures)
      : `${count(figures.listeners)} waiting${ofSimulated(figures)}`;
    const [host] = room.seats;
    const mine = host?.member === app.account.me?.member;
    text(about, `${host?.name ?? ''} hosts · ${inside}`);
    if (host) follow.render(host.member, host.name);
    show(follow.node, Boolean(host) && !mine);
    text(description, room.description);
    show(description, Boolean(room.description));
    topics.render(room);
    text(facts, factsOf(room).join(' · '));
    countdown.render(isLive ? null : room.scheduled_for);
    remind.render(room.room, room.title);
    show(remind.node, !isLive && !mine);
    show(hosting, mine && !isLive);
    show(locked, room.locked);
    counts.render(figures);
    keyed(faces, room.seats.slice(0, FACES), (seat) => seat.member, avatar, updateAvatar);
    document.title = `${room.title} · Afterparty`;
    const dev = Boolean(app.server?.dev);
    for (const part of [names, nobody]) show(part, dev);
    const bearing = Boolean(current());
    show(bearer, !dev && !bearing);
    handle.required = dev;
    token.required = !dev && !bearing;
    show(sheet, true);
  }

  async function refresh() {
    await app.serverKnown;
    try {
      const summary = await api.room(id);
      if (left) return;
      if (isOver(summary.room)) {
        node.replaceChildren(makeOver(summary));
        clearInterval(second);
        return;
      }
      known = summary;
      render();
    } catch (error) {
      if (!error.code) throw error;
      if (sheet.hidden) missing(error);
    }
    clearTimeout(timer);
    if (!left) timer = setTimeout(refresh, POLL_SECONDS * 1000);
  }

  function destroy() {
    left = true;
    clearTimeout(timer);
    clearInterval(second);
    listening.abort();
  }

  const second = setInterval(countdown.tick, 1000);
  function becomes() {
    const { me } = app.account;
    if (me) [handle.value, name.value] = [me.handle, me.name];
    render();
  }

  app.account.addEventListener('change', becomes, { signal: listening.signal });
  refresh();
  return view;
}
