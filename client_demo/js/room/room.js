/**
 * A room from the inside: joins the parts of the view to one session and its sound. The view stays
 * the same through a handoff; only what it shows changes.
 *
 * @import {Sound} from '../sound/sound.js'
 * @import {Session} from '../wire/protocol.js'
 */

import { makeOver } from '../lobby/over.js';
import { attr, h } from '../parts/dom.js';
import { toast, toastError } from '../parts/toast.js';
import { isOver } from '../pure/evolution.js';
import { moderates } from '../pure/moderation.js';
import { newsOf, unseenOf } from '../pure/news.js';
import { makeHonours } from '../records/honours.js';
import { forget } from '../who/identity.js';
import * as api from '../wire/api.js';
import { makeAudit } from './audit.js';
import { makeAway } from './away.js';
import { makeCaptions } from './captions.js';
import { makeControls } from './controls.js';
import { makeGuests } from './guests.js';
import { makeHandoff } from './handoff.js';
import { makeHead } from './head.js';
import { makeHost } from './host.js';
import { makeInvitation } from './invitation.js';
import { makeLedgers } from './ledgers.js';
import { makePicked } from './picked.js';
import { makePins } from './pins.js';
import { makeQuestions } from './questions.js';
import { makeReactions } from './reactions.js';
import { makeStage } from './stage.js';
import { makeWaiting } from './waiting.js';

/** Closed for good by somebody else: there is no coming back in. */
const PUT_OUT = ['removed', 'blocked'];

/**
 * What the parts of the view share.
 *
 * @typedef {{app: import('../main.js').App, session: Session, sound: Sound,
 *   me: import('../who/identity.js').Identity, act: (type: string, fields?: object) => Promise<boolean>,
 *   nameOf: (member: string) => string}} Scene
 */

/** @param {import('../main.js').App} app @param {import('../who/identity.js').Identity} me */
export function makeRoomView(app, me) {
  const { session, sound } = app;
  const names = new Map();
  const listening = new AbortController();
  const timers = [];

  /** Send a message; a refusal is told, and `false` comes back. */
  async function act(type, fields) {
    try {
      await session.send(type, fields);
      return true;
    } catch (error) {
      toastError(error);
      return false;
    }
  }

  /** @type {Scene} */
  const scene = { app, session, sound, me, act, nameOf: (member) => names.get(member) ?? member };
  const head = makeHead(scene);
  const invitation = makeInvitation(scene);
  const handoff = makeHandoff(scene);
  const away = makeAway(scene);
  const waiting = makeWaiting(scene);
  const honours = makeHonours(scene);
  const pins = makePins(scene);
  const picked = makePicked(scene);
  const stage = makeStage(scene, picked.node);
  const questions = makeQuestions(scene);
  const captions = makeCaptions(scene);
  const ledgers = makeLedgers(scene);
  const audit = makeAudit(scene);
  const host = makeHost(scene, audit);
  const guests = makeGuests(scene);
  const reactions = makeReactions(scene, stage.faceOf);
  const controls = makeControls(scene, reactions.bar, guests);
  const parts = [
    ...[head, away, handoff, invitation, honours, waiting, pins, picked, stage, questions],
    ...[captions, host, reactions, controls],
  ];
  const connecting = h('p', { class: 'empty', role: 'status' }, 'Coming in…');
  const columns = h(
    'div',
    { class: 'room-columns' },
    h('div', { class: 'room-main' }, stage.node, questions.node),
    h('div', { class: 'room-side' }, ledgers.node, host.node),
    captions.node,
  );
  const inside = h(
    'div',
    { class: 'room', hidden: true },
    head.node,
    away.node,
    handoff.node,
    invitation.node,
    honours.node,
    waiting.node,
    pins.node,
    columns,
    controls.node,
    guests.node,
    audit.node,
  );
  const node = h('div', { class: 'enter-room' }, connecting, inside);

  function render() {
    const { room } = session;
    if (!room) return;
    for (const person of [...room.seats, ...room.requests, ...room.hands])
      names.set(person.member, person.name);
    inside.hidden = false;
    connecting.hidden = true;
    app.rename(room.room, `${room.title} · Afterparty`);
    attr(columns, 'data-hosting', String(moderates(session.role)));
    for (const part of parts) part.render();
  }

  let due = false;
  /** Once for everything that came in the same breath. */
  function renderSoon() {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      render();
    });
  }

  /** What a dialog asks, it asks of the room as it was. Beside a docked room they are another page's. */
  function closeDialogs() {
    if (!node.isConnected) return;
    /** @type {NodeListOf<HTMLDialogElement>} */
    const open = document.querySelectorAll('dialog[open]');
    for (const dialog of open) dialog.close();
  }

  function moved({ handoff: id, from_room, room }) {
    if (from_room === room.room) return; // this room anew, told by `room` as well
    closeDialogs();
    audit.close();
    const came = sound.state === 'connected' ? ' — the sound came with you' : '';
    toast(`You are in ${room.title} now${came}.`, 'good');
    ledgers.moved(from_room, id);
    stage.arrive();
    renderSoon();
  }

  async function over({ code, message }) {
    sound.close();
    if (code === 'bad_token' || code === 'token_expired') {
      forget();
      toast(message, 'bad');
      app.navigate(location.pathname);
      return;
    }
    const { room, counts } = session;
    const id = room?.room ?? decodeURIComponent(location.pathname.split('/').at(-1));
    const summary = await api.room(id).catch(() => room && { room, counts: counts[id] });
    if (summary && isOver(summary.room)) node.replaceChildren(makeOver(summary));
    else node.replaceChildren(outside(code, message));
  }

  /** The session is over, the room is not. */
  const outside = (code, message) =>
    h(
      'div',
      { class: 'empty', testid: 'away', 'data-code': code },
      h('h1', {}, message),
      h(
        'div',
        { class: 'row' },
        !PUT_OUT.includes(code) &&
          h(
            'button',
            { class: 'button primary', onclick: () => app.navigate(location.pathname) },
            'Come back in',
          ),
        h('a', { class: 'button quiet', href: '/' }, 'Back to the lobby'),
      ),
    );

  const on = (source, type, run) =>
    source.addEventListener(type, ({ detail }) => run(detail), { signal: listening.signal });
  for (const type of ['state', 'room', 'counts', 'questions']) on(session, type, renderSoon);
  on(session, 'moved', moved);
  on(session, 'over', (why) => over(why).catch(toastError));
  on(session, 'reactions', reactions.fly);
  on(session, 'event', ({ event }) => {
    const { member } = session.you;
    const news = newsOf(event, member) || (node.isConnected ? '' : unseenOf(event, member));
    if (news) toast(news);
    ledgers.event(event);
  });
  on(sound, 'state', renderSoon);
  on(sound, 'mic', renderSoon);
  on(sound, 'speaking', stage.speak);
  on(sound, 'blocked', () => {
    toast('The browser holds the sound back. Press anywhere to hear the room.');
    document.addEventListener('click', () => sound.play(), {
      once: true,
      signal: listening.signal,
    });
  });
  timers.push(
    setInterval(() => [handoff, away, waiting, honours].forEach((part) => part.tick()), 250),
    setInterval(() => invitation.render(), 1000),
  );

  return {
    node,
    title: 'Afterparty',
    destroy() {
      closeDialogs();
      listening.abort();
      timers.forEach(clearInterval);
      host.destroy();
      guests.destroy();
      ledgers.destroy();
      reactions.destroy();
    },
  };
}
