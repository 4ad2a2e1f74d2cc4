/** The top of a room: what it is, how many listen, how the connection and the sound are, the way out. */

import { tags } from '../parts/card.js';
import { attr, h, icon, keyed, show, text } from '../parts/dom.js';
import { kindName, languageName, stateName } from '../pure/format.js';
import { makeFigures } from './figures.js';
import { openCancel, openLeaving } from './leaving.js';

const SOUND_WORDS = {
  none: 'No sound yet',
  connecting: 'Sound is coming…',
  connected: 'Sound on',
  gone: 'Sound lost, trying again…',
};

/** @param {import('./room.js').Scene} scene */
export function makeHead(scene) {
  const { app, session, sound } = scene;
  const tag = tags();
  const state = h('span', { testid: 'room-state' });
  const recorded = h('span', { class: 'tag recorded', testid: 'recorded' });
  const locked = h('span', { class: 'tag', testid: 'locked' }, 'Locked');
  const heading = h('h1', { testid: 'room-title' });
  const evening = h('p', { class: 'room-show' });
  const about = h('p', { class: 'room-about', testid: 'room-description' });
  const topics = h('ul', { class: 'topics', testid: 'topics', 'aria-label': 'Topics' });
  const language = h('span', { class: 'room-language', testid: 'room-language' });
  const figures = makeFigures(scene);
  const soundState = h('span', { class: 'sound-state', testid: 'sound-state', role: 'status' });
  const leave = h(
    'button',
    { class: 'button glass', testid: 'leave', onclick: () => app.leave() },
    'Leave',
  );
  const minimise = h(
    'button',
    {
      class: 'button glass round',
      testid: 'minimise',
      'aria-label': 'Minimise the room',
      title: 'Minimise',
      onclick: () => app.minimise(),
    },
    icon('down'),
  );
  const end = h('button', {
    class: 'button glass strong',
    testid: 'end',
    onclick: () => (session.room.state === 'live' ? openLeaving(scene) : openCancel(scene)),
  });
  const offline = h(
    'p',
    { class: 'strip', role: 'status', testid: 'connection-state', hidden: true },
    'Reconnecting… The room goes on; you will be back where you were.',
  );
  const node = h(
    'header',
    { class: 'room-head' },
    offline,
    h(
      'div',
      { class: 'room-head-in' },
      h(
        'div',
        { class: 'room-head-top' },
        h('span', { class: 'card-top' }, state, tag.node, recorded, locked),
        h('span', { class: 'row' }, minimise, leave, end),
      ),
      heading,
      evening,
      about,
      h('div', { class: 'row' }, topics, language),
      h('div', { class: 'room-head-low' }, figures.node, soundState),
    ),
  );

  function renderAbout(room) {
    text(about, room.description);
    show(about, Boolean(room.description));
    keyed(
      topics,
      room.topics,
      (topic) => topic,
      (topic) => h('li', { class: 'tag' }, topic),
    );
    show(topics, room.topics.length > 0);
    text(language, languageName(room.language));
  }

  function render() {
    const { room, role } = session;
    const live = room.state === 'live';
    tag.render(room);
    text(state, live ? 'Live' : stateName(room));
    attr(state, 'class', live ? 'live' : 'tag');
    attr(state, 'data-state', room.state);
    text(recorded, `This ${kindName(room.kind)} is recorded`);
    attr(recorded, 'data-running', String(live));
    show(recorded, room.recording);
    show(locked, room.locked);
    text(heading, room.title);
    const part = session.show.title === room.title ? '' : session.show.title;
    text(evening, [part, session.show.date.replaceAll('-', '\u2011')].filter(Boolean).join(' · '));
    show(evening, Boolean(evening.textContent));
    renderAbout(room);
    figures.render();
    text(soundState, SOUND_WORDS[sound.state]);
    attr(soundState, 'data-state', sound.state);
    // A host's way out of a live room is the one that asks what becomes of it.
    show(leave, role !== 'host' || !live);
    text(end, live ? 'End' : 'Cancel it');
    show(end, role === 'host');
    show(offline, session.state !== 'connected');
    attr(offline, 'data-state', session.state);
    attr(node, 'data-kind', room.kind);
  }

  return { node, render };
}
