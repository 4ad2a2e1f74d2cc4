/** The top of a room: what it is, how many listen, how the connection and the sound are, the way out. */

import { ask } from './ask.js';
import { tags } from './card.js';
import { attr, h, show, text } from './dom.js';
import { count, kindName, stateName } from './format.js';

const SOUND_WORDS = {
  none: 'No sound yet',
  connecting: 'Sound is coming…',
  connected: 'Sound on',
  gone: 'Sound lost, trying again…',
};

/** @param {import('./room.js').Scene} scene */
export function makeHead({ app, session, sound, act }) {
  const tag = tags();
  const state = h('span', { testid: 'room-state' });
  const heading = h('h1', { testid: 'room-title' });
  const evening = h('p', { class: 'room-show' });
  const figure = (testid, label) => {
    const value = h('strong', { testid });
    const word = h('span', {}, label);
    return { value, word, node: h('div', { class: 'figure' }, value, word) };
  };
  const listeners = figure('listener-count', 'listening');
  const peak = figure('peak-count', 'peak');
  const tuned = figure('tuned-in', 'tuned in');
  const soundState = h('span', { class: 'sound-state', testid: 'sound-state', role: 'status' });
  const leave = h(
    'button',
    { class: 'button glass', testid: 'leave', onclick: () => app.navigate('/') },
    'Leave',
  );
  const end = h(
    'button',
    { class: 'button glass strong', testid: 'end', onclick: () => finish() },
    'End',
  );
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
        h('span', { class: 'card-top' }, state, tag.node),
        h('span', { class: 'row' }, leave, end),
      ),
      heading,
      evening,
      h(
        'div',
        { class: 'room-head-low' },
        h('div', { class: 'figures' }, listeners.node, peak.node, tuned.node),
        soundState,
      ),
    ),
  );

  async function finish() {
    const { room } = session;
    const kind = kindName(room.kind);
    const live = room.state === 'live';
    const sure = await ask({
      title: live ? `End this ${kind}?` : `Cancel this ${kind}?`,
      words: live
        ? 'It ends for everybody, and cannot be opened again.'
        : 'It will not take place.',
      yes: live ? 'End for everybody' : 'Cancel it',
      testid: 'end-confirm',
    });
    if (sure) await act(live ? 'end' : 'cancel');
  }

  function render() {
    const { room, role } = session;
    const counts = session.counts[room.room];
    const live = room.state === 'live';
    tag.render(room);
    text(state, live ? 'Live' : stateName(room));
    attr(state, 'class', live ? 'live' : 'tag');
    attr(state, 'data-state', room.state);
    text(heading, room.title);
    const part = session.show.title === room.title ? '' : session.show.title;
    text(evening, [part, session.show.date.replaceAll('-', '\u2011')].filter(Boolean).join(' · '));
    show(evening, Boolean(evening.textContent));
    const waiting = room.state === 'scheduled';
    text(listeners.value, count(counts.listeners));
    attr(listeners.value, 'data-count', counts.listeners);
    text(listeners.word, waiting ? 'waiting' : 'listening');
    text(peak.value, count(counts.peak));
    text(tuned.value, count(counts.tuned_in));
    text(soundState, SOUND_WORDS[sound.state]);
    attr(soundState, 'data-state', sound.state);
    text(leave, role === 'host' ? 'Leave quietly' : 'Leave');
    text(end, live ? 'End' : 'Cancel it');
    show(end, role === 'host');
    show(offline, session.state !== 'connected');
    attr(offline, 'data-state', session.state);
    attr(node, 'data-kind', room.kind);
  }

  return { node, render };
}
