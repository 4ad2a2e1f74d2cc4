/** A clip: up to half a minute of a recording, to be heard and passed on. */

import { tags } from '../parts/card.js';
import { copyLink } from '../parts/copylink.js';
import { h, show, text } from '../parts/dom.js';
import { toastError } from '../parts/toast.js';
import { part } from '../pure/waveform.js';
import * as api from '../wire/api.js';
import { makePlayer } from './player.js';
import { makeTranscript } from './transcript.js';

/** @param {import('../main.js').App} _app @param {string} id */
export function makeClipPage(_app, id) {
  const names = new Map();
  const player = makePlayer({ moved: (at) => transcript.follow(at) });
  const transcript = makeTranscript(player.seek, (member) => names.get(member) ?? member);
  const tag = tags();
  const heading = h('h1', { testid: 'clip-title' });
  const of = h('p', { testid: 'clip-of' });
  const room = h('a', { class: 'button quiet', testid: 'clip-room' }, 'Hear the whole of it');
  const inside = h(
    'div',
    { class: 'recording clip-page', testid: 'clip', hidden: true },
    h(
      'header',
      { class: 'room-head-in' },
      h('span', { class: 'card-top' }, h('span', { class: 'tag' }, 'Clip'), tag.node),
      heading,
      of,
    ),
    player.node,
    transcript.said,
    h(
      'div',
      { class: 'row' },
      room,
      h(
        'button',
        {
          class: 'button quiet',
          testid: 'share',
          onclick: () => copyLink(`/clip/${encodeURIComponent(id)}`),
        },
        'Copy link',
      ),
    ),
  );
  const node = h('div', {}, inside);

  async function load() {
    try {
      const clip = await api.clip(id);
      const [summary, whole] = await Promise.all([api.room(clip.room), api.recording(clip.room)]);
      const shown = part(whole, clip.start, clip.seconds);
      for (const { member, name } of [...whole.marks, ...summary.room.seats])
        names.set(member, name);
      tag.render(summary.room);
      text(heading, clip.title);
      text(of, `From ${summary.room.title}, clipped by @${clip.by}`);
      room.href = `/recording/${encodeURIComponent(clip.room)}`;
      player.render({
        src: clip.audio,
        growing: false,
        seconds: clip.seconds,
        levels: shown.levels,
        marks: shown.marks,
        reactions: shown.reactions,
      });
      transcript.render(shown.captions, shown.marks);
      show(transcript.said, shown.captions.length > 0);
      document.title = `${clip.title} · Clip · Afterparty`;
      show(inside, true);
    } catch (error) {
      if (!error.code) throw error;
      node.replaceChildren(
        h(
          'div',
          { class: 'empty', testid: 'no-clip' },
          h('h1', {}, error.message),
          h('a', { class: 'button primary', href: '/' }, 'Back to the lobby'),
        ),
      );
    }
  }

  load().catch(toastError);
  return { node, title: 'Clip · Afterparty', destroy: player.destroy };
}
