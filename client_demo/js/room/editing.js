/** What a room is called and is about, changed by its host. */

import { openForm } from '../parts/dialog.js';
import { h } from '../parts/dom.js';
import { field } from '../parts/fields.js';
import { languageChoice } from '../parts/languages.js';
import { topicsOf } from '../pure/planning.js';

/** @param {import('./room.js').Scene} scene */
export function openEditing({ session }) {
  const { room } = session;
  const title = h('input', {
    testid: 'edit-title',
    required: true,
    maxlength: 70,
    value: room.title,
  });
  const description = h('textarea', { testid: 'edit-description', maxlength: 280, rows: 3 });
  description.value = room.description;
  const topics = h('input', {
    testid: 'edit-topics',
    maxlength: 100,
    placeholder: 'music, debut',
    value: room.topics.join(', '),
  });
  const language = languageChoice('edit-language');
  language.offer(room.language);
  language.node.value = room.language;
  const hashtag = h('input', {
    testid: 'edit-hashtag',
    maxlength: 64,
    placeholder: '#Ask_NAME',
    value: room.hashtag,
  });
  const blueroom = room.kind === 'blueroom';

  /** Only what is different: the rest stays as whoever else left it. */
  function changes() {
    const now = {
      title: title.value.trim(),
      description: description.value.trim(),
      topics: topicsOf(topics.value),
      language: language.node.value,
      ...(blueroom && { hashtag: hashtag.value.trim() }),
    };
    return Object.fromEntries(
      Object.entries(now).filter(([key, value]) => String(value) !== String(room[key])),
    );
  }

  openForm({
    title: 'Edit the room',
    testid: 'editing',
    yes: 'Save',
    fields: [
      field('Title', title),
      field('Description', description),
      field('Up to three topics, with commas between', topics),
      field('Language', language.node),
      blueroom && field('Hashtag for questions', hashtag),
    ],
    send: async () => {
      const changed = changes();
      if (Object.keys(changed).length) await session.send('edit', changed);
    },
  });
}
