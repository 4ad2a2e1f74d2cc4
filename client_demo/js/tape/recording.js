/** A recording: its player, what was said, clips of it, and what its host may do with it. */

import { ask } from '../parts/ask.js';
import { avatar } from '../parts/avatar.js';
import { tags, topicChips } from '../parts/card.js';
import { copyLink } from '../parts/copylink.js';
import { makeCounts } from '../parts/counts.js';
import { h, show, text } from '../parts/dom.js';
import { toast, toastError } from '../parts/toast.js';
import { clockTime, counted, duration, kindName } from '../pure/format.js';
import { anonymous } from '../who/identity.js';
import * as api from '../wire/api.js';
import { makeClips } from './clips.js';
import { makePlayer } from './player.js';
import { makeTranscript } from './transcript.js';

/** How often a recording that is still written is looked at again. */
const POLL_SECONDS = 5;

/** @param {import('../main.js').App} app @param {string} id the room's */
export function makeRecordingPage(app, id) {
  /** @type {import('../wire/types.js').Recording|null} */
  let found = null;
  /** @type {import('../wire/types.js').RoomSummary|null} */
  let summary = null;
  let timer = null;
  let left = false;
  let counted_ = false;
  const listening = new AbortController();
  const names = new Map();

  const player = makePlayer({
    moved: (at) => transcript.follow(at),
    started: () => count().catch(toastError),
    failed: () => text(trouble, 'The sound cannot be played just now.'),
  });
  const transcript = makeTranscript(player.seek, (member) => names.get(member) ?? member);
  const clips = makeClips(app, id, {
    place: () => player.at,
    seconds: () => found.seconds,
    host: () => summary?.room.seats[0]?.member ?? '',
  });
  const tag = tags();
  const state = h('span', { class: 'tag', testid: 'recording-state' });
  const heading = h('h1', { testid: 'recording-title' });
  const faces = h('span', { class: 'faces' });
  const about = h('p', { class: 'grow' });
  const topics = topicChips();
  const plays = h('strong', { testid: 'plays' });
  const lasted = h('strong', { testid: 'recording-length' });
  const when = h('p', { class: 'dim small' });
  const figures = makeCounts();
  const trouble = h('span', { class: 'dim small trouble-line', role: 'status' });
  const growing = h(
    'div',
    { class: 'strip growing', testid: 'growing', hidden: true },
    h('span', { class: 'grow' }, 'The room is live, and this is still being written.'),
    h('button', { class: 'mini', testid: 'reload', onclick: () => refresh() }, 'Look again'),
    h('a', { class: 'mini', href: `/room/${encodeURIComponent(id)}` }, 'Go to the room'),
  );
  const startAt = h('output', { testid: 'start-at' });
  const whole = h(
    'button',
    { class: 'mini', testid: 'start-whole', onclick: () => moveStart(0) },
    'Put the beginning back',
  );
  const later = h(
    'p',
    { class: 'dim small', testid: 'tools-later' },
    'Once the room is over you can leave out its beginning here, or delete it.',
  );
  const managing = h(
    'div',
    { class: 'stack' },
    h(
      'p',
      { class: 'dim small' },
      'Left out at the beginning, for everybody: ',
      startAt,
      '. It is kept, and you can put it back. Clips that begin in it are hidden for as long.',
    ),
    h(
      'div',
      { class: 'row' },
      h(
        'button',
        { class: 'mini', testid: 'start-here', onclick: () => moveStart(found.start + player.at) },
        'Begin where it is now',
      ),
      whole,
    ),
    h(
      'button',
      { class: 'button danger', testid: 'delete-recording', onclick: () => remove() },
      'Delete the recording',
    ),
  );
  const tools = h(
    'section',
    { class: 'panel stack', testid: 'host-tools', hidden: true },
    h('h2', {}, 'You hosted this'),
    later,
    managing,
  );
  const inside = h(
    'div',
    { class: 'recording', testid: 'recording', hidden: true },
    h(
      'header',
      { class: 'room-head-in' },
      h('span', { class: 'card-top' }, state, tag.node),
      heading,
      h('div', { class: 'card-stage' }, faces, about),
      topics.node,
      h(
        'div',
        { class: 'room-head-low' },
        h(
          'div',
          { class: 'figures' },
          h('div', { class: 'figure' }, plays, h('span', {}, 'replay plays')),
          h('div', { class: 'figure' }, lasted, h('span', {}, 'long')),
        ),
        h(
          'button',
          {
            class: 'button glass',
            testid: 'share',
            onclick: () => copyLink(`/recording/${encodeURIComponent(id)}`),
          },
          'Copy link',
        ),
      ),
    ),
    growing,
    player.node,
    trouble,
    h(
      'div',
      { class: 'recording-columns' },
      h(
        'div',
        { class: 'stack' },
        transcript.said,
        h('div', { class: 'panel stack recording-about' }, when, figures.node),
      ),
      h('div', { class: 'stack' }, transcript.spoke, clips.node, tools),
    ),
  );
  const node = h('div', {}, inside);

  const hosting = () => {
    const me = app.account.me?.member;
    return Boolean(me) && summary?.room.seats[0]?.member === me;
  };

  function render() {
    if (!found || !summary) return;
    const { room, counts } = summary;
    for (const { member, name } of [...found.marks, ...room.seats]) names.set(member, name);
    tag.render(room);
    text(state, found.state === 'ready' ? 'Recording' : 'Being recorded');
    text(heading, room.title);
    faces.replaceChildren(...room.seats.slice(0, 6).map((seat) => avatar(seat)));
    text(about, `${room.seats[0]?.name ?? 'Nobody'} hosted this ${kindName(room.kind)}`);
    topics.render(room);
    text(plays, found.plays);
    text(lasted, duration(found.seconds));
    text(when, `Recorded from ${clockTime(found.started_at)}. Only the stage is on it.`);
    figures.render({ ...counts, plays: found.plays });
    show(growing, found.state !== 'ready');
    show(tools, hosting());
    show(managing, found.state === 'ready');
    show(later, found.state !== 'ready');
    show(whole, found.start > 0);
    text(startAt, found.start ? duration(found.start) : 'nothing');
    player.render({
      src: api.recordingSound(id, found.start),
      growing: found.state !== 'ready',
      seconds: found.seconds,
      levels: found.levels,
      marks: found.marks,
      reactions: found.reactions,
    });
    transcript.render(found.captions, found.marks);
    clips.render();
    document.title = `${room.title} · Recording · Afterparty`;
    show(inside, true);
  }

  /** Whoever plays it is counted once, by name or as somebody anonymous. */
  async function count() {
    if (counted_) return;
    counted_ = true;
    try {
      const dev = app.server?.dev;
      const token = app.account.me?.token ?? (dev ? (await anonymous()).token : null);
      if (!token) return;
      await api.played(token, id);
      await refresh();
    } catch (error) {
      counted_ = false;
      throw error;
    }
  }

  async function moveStart(at) {
    try {
      await api.moveStart(app.account.me.token, id, Number(at.toFixed(2)));
      await refresh();
      toast(at ? `${duration(at)} at the beginning are left out.` : 'All of it is there.', 'good');
    } catch (error) {
      toastError(error);
    }
  }

  async function remove() {
    const sure = await ask({
      title: 'Delete this recording?',
      words: `Every byte of its sound is deleted, for everybody, and with it ${counted(clips.count, 'clip')}, what was felt when, and the count of plays. It cannot be undone. The room itself, what was said in writing and its counts of listeners stay.`,
      yes: 'Delete it for good',
      testid: 'delete-confirm',
    });
    if (!sure) return;
    try {
      await api.deleteRecording(app.account.me.token, id);
      app.navigate(`/room/${encodeURIComponent(id)}`);
      toast('The recording is deleted.', 'good');
    } catch (error) {
      toastError(error);
    }
  }

  function missing(message) {
    node.replaceChildren(
      h(
        'div',
        { class: 'empty', testid: 'no-recording' },
        h('h1', {}, message),
        h(
          'div',
          { class: 'row' },
          h(
            'a',
            { class: 'button quiet', href: `/room/${encodeURIComponent(id)}` },
            'Go to the room',
          ),
          h('a', { class: 'button primary', href: '/' }, 'Back to the lobby'),
        ),
      ),
    );
    player.destroy();
  }

  async function refresh() {
    clearTimeout(timer);
    await app.serverKnown;
    try {
      [summary, found] = await Promise.all([api.room(id), api.recording(id)]);
      await clips.refresh();
      if (left) return;
      render();
    } catch (error) {
      if (!error.code) throw error;
      if (['no_recording', 'no_such_room'].includes(error.code) || !found) {
        missing(error.message);
        return;
      }
      text(trouble, error.message);
    }
    if (!left && found.state !== 'ready')
      timer = setTimeout(() => refresh().catch(toastError), POLL_SECONDS * 1000);
  }

  app.account.addEventListener('change', render, { signal: listening.signal });
  refresh().catch(toastError);
  return {
    node,
    title: 'Recording · Afterparty',
    destroy() {
      left = true;
      clearTimeout(timer);
      listening.abort();
      player.destroy();
    },
  };
}
