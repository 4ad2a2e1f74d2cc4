/** Clips of a recording: making one of up to 30 seconds, and the list of those that were made. */

import { ask } from '../parts/ask.js';
import { copyLink } from '../parts/copylink.js';
import { h, keyed, show, text } from '../parts/dom.js';
import { field } from '../parts/fields.js';
import { toast, toastError } from '../parts/toast.js';
import { duration, position } from '../pure/format.js';
import * as api from '../wire/api.js';

export const CLIP_SECONDS = 30;

/**
 * @param {import('../main.js').App} app
 * @param {string} room
 * @param {{place: () => number, seconds: () => number, host: () => string}} about where the player
 *   is, how long the recording is, who hosts
 */
export function makeClips(app, room, { place, seconds, host }) {
  /** @type {import('../wire/types.js').Clip[]} */
  let clips = [];
  let from = 0;
  const title = h('input', { testid: 'clip-title', required: true, maxlength: 70 });
  const length = h('input', {
    type: 'range',
    testid: 'clip-seconds',
    min: 1,
    max: CLIP_SECONDS,
    value: CLIP_SECONDS,
    oninput: () => drawLength(),
  });
  const lengthWords = h('span', { class: 'left' });
  const begins = h('strong', { testid: 'clip-start' });
  const form = h(
    'form',
    { class: 'stack', hidden: true, onsubmit: (event) => create(event) },
    h(
      'div',
      { class: 'row' },
      h('span', { class: 'grow' }, 'From ', begins),
      h(
        'button',
        { class: 'mini', type: 'button', testid: 'clip-here', onclick: () => here() },
        'From where it plays',
      ),
    ),
    h(
      'label',
      { class: 'field' },
      h('span', { class: 'field-top' }, h('span', {}, 'How long'), lengthWords),
      length,
    ),
    field('Title', title),
    h(
      'div',
      { class: 'row end' },
      h('button', { class: 'button quiet', type: 'button', onclick: () => open(false) }, 'Cancel'),
      h('button', { class: 'button primary', testid: 'clip-create' }, 'Make the clip'),
    ),
  );
  const begin = h(
    'button',
    { class: 'button quiet wide', type: 'button', testid: 'make-clip', onclick: () => open(true) },
    'Make a clip',
  );
  const list = h('ul', { class: 'clip-list', testid: 'clips' });
  const node = h(
    'section',
    { class: 'panel stack' },
    h('h2', {}, 'Clips'),
    h('p', { class: 'dim small' }, `Up to ${CLIP_SECONDS} seconds, with a link of its own.`),
    begin,
    form,
    list,
  );

  function drawLength() {
    text(lengthWords, duration(Number(length.value)));
    text(begins, position(from));
  }

  function here() {
    from = Math.max(0, Math.min(place(), seconds() - 1));
    length.max = String(Math.max(1, Math.min(CLIP_SECONDS, Math.floor(seconds() - from))));
    drawLength();
  }

  async function open(wanted) {
    if (wanted && !(await app.signedIn('A clip says who made it.'))) return;
    show(form, wanted);
    show(begin, !wanted);
    if (!wanted) return;
    here();
    title.focus();
  }

  async function create(event) {
    event.preventDefault();
    try {
      const body = {
        start: Number(from.toFixed(2)),
        seconds: Number(length.value),
        title: title.value.trim(),
      };
      const made = await api.createClip(app.account.me.token, room, body);
      title.value = '';
      open(false);
      toast('The clip is made.', 'good', `/clip/${encodeURIComponent(made.clip)}`);
      await refresh();
    } catch (error) {
      toastError(error);
    }
  }

  async function remove(clip) {
    const sure = await ask({
      title: 'Delete this clip?',
      words: `“${clip.title}” is deleted for everybody, and its link leads nowhere.`,
      yes: 'Delete it',
      testid: 'clip-delete-confirm',
    });
    if (!sure) return;
    try {
      await api.deleteClip(app.account.me.token, clip.clip);
      await refresh();
    } catch (error) {
      toastError(error);
    }
  }

  function render() {
    const me = app.account.me?.member;
    keyed(
      list,
      clips,
      (clip) => clip.clip,
      (clip) =>
        h(
          'li',
          { class: 'row', testid: `clip-${clip.clip}` },
          h(
            'span',
            { class: 'grow' },
            h('a', { href: `/clip/${encodeURIComponent(clip.clip)}` }, clip.title),
            h('span', { class: 'dim small' }, `${duration(clip.seconds)} · by @${clip.by}`),
          ),
          h(
            'button',
            {
              class: 'mini',
              type: 'button',
              'aria-label': `Copy the link to ${clip.title}`,
              onclick: () => copyLink(`/clip/${encodeURIComponent(clip.clip)}`),
            },
            'Copy link',
          ),
          h(
            'button',
            {
              class: 'mini',
              type: 'button',
              'aria-label': `Delete ${clip.title}`,
              onclick: () => remove(clip),
            },
            'Delete',
          ),
        ),
      (row, clip) => show(row.lastChild, Boolean(me) && [clip.by, host()].includes(me)),
    );
  }

  async function refresh() {
    clips = await api.clips(room);
    render();
  }

  return {
    node,
    render,
    refresh,
    /** How many there are. */
    get count() {
      return clips.length;
    },
  };
}
