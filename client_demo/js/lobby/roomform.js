/** What a room is to be, as a form: for one that is made, and for one that is changed before start. */

import { h, keyed, show, text } from '../parts/dom.js';
import { choice, countedField, field, tick } from '../parts/fields.js';
import { languageChoice } from '../parts/languages.js';
import {
  dateField,
  dateOf,
  DESCRIPTION_LONGEST,
  latest,
  SPEAK_WORDS,
  TITLE_LONGEST,
  topicsOf,
  topicsTrouble,
  untilWords,
  usualStart,
  whyNot,
} from '../pure/planning.js';
import { Refusal } from '../wire/link.js';

/** This browser's language without its region. */
const ownLanguage = () => (navigator.language || 'en').split('-')[0];

/**
 * @param {string} prefix of every part's test id
 * @param {{now: () => number, rules: () => string, kind: () => string}} about the server's time, and
 *   what is said elsewhere of the room
 */
export function makeRoomForm(prefix, { now, rules, kind }) {
  const title = h('input', { testid: `${prefix}-title`, required: true, maxlength: TITLE_LONGEST });
  const titleField = countedField('Title', title, TITLE_LONGEST);
  const description = h('textarea', {
    testid: `${prefix}-description`,
    maxlength: DESCRIPTION_LONGEST,
    rows: 2,
    placeholder: 'What is it about?',
  });
  const descriptionField = countedField('Description', description, DESCRIPTION_LONGEST);
  const topics = h('input', {
    testid: `${prefix}-topics`,
    maxlength: 120,
    placeholder: 'K-pop, Debut, Q&A',
  });
  const chips = h('ul', { class: 'chips', 'aria-label': 'Topics as they will be shown' });
  const topicHint = h('span', { class: 'hint', role: 'status', testid: `${prefix}-topics-hint` });
  const language = languageChoice(`${prefix}-language`);
  language.offer(ownLanguage());
  language.node.value = ownLanguage();
  const hashtag = h('input', {
    testid: `${prefix}-hashtag`,
    maxlength: 50,
    placeholder: '#Ask_NAME',
    pattern: '#?[\\p{L}\\p{N}_]+',
    title: 'A number sign, then letters, digits and _',
  });
  const hashtagField = field('Hashtag for questions', hashtag);
  const soon = h('input', { type: 'radio', name: `${prefix}-when`, testid: `${prefix}-now` });
  const later = h('input', { type: 'radio', name: `${prefix}-when`, testid: `${prefix}-later` });
  const at = h('input', { type: 'datetime-local', testid: `${prefix}-at` });
  const atHint = h('span', { class: 'hint', role: 'status', testid: `${prefix}-at-hint` });
  const atField = field('Date and time', at, atHint);
  const when = h(
    'fieldset',
    { class: 'segments' },
    h('legend', {}, 'When'),
    h('label', {}, soon, h('span', {}, 'Start now')),
    h('label', {}, later, h('span', {}, 'Schedule')),
  );
  const speak = choice(`${prefix}-speak`, SPEAK_WORDS, 'invited');
  const record = tick(
    `${prefix}-record`,
    'Record it',
    'Decided before the start. Only the stage is recorded; everybody sees that it is.',
  );
  const tune = tick(`${prefix}-tune`, 'Play a tune to those who wait for the start');
  const node = h(
    'div',
    { class: 'stack' },
    titleField.node,
    descriptionField.node,
    h(
      'div',
      { class: 'pair' },
      field('Topics, up to three', topics, topicHint),
      field('Language', language.node),
    ),
    chips,
    hashtagField,
    when,
    atField,
    field('Who may speak', speak),
    record.node,
    tune.node,
  );
  soon.checked = true;

  function render() {
    const found = topicsOf(topics.value);
    keyed(
      chips,
      found,
      (topic) => topic,
      (topic) => h('li', { class: 'chip' }, topic),
    );
    show(chips, found.length > 0);
    text(topicHint, topicsTrouble(found));
    show(hashtagField, kind() === 'blueroom');
    show(atField, later.checked);
    at.required = later.checked;
    at.min = dateField(now());
    at.max = dateField(latest(now(), rules()));
    const planned = dateOf(at.value);
    text(
      atHint,
      later.checked
        ? whyNot(planned, now(), rules()) || `Begins ${untilWords(planned, now())}.`
        : '',
    );
  }

  later.addEventListener('change', () => {
    if (later.checked && !at.value) at.value = dateField(usualStart(now()));
  });
  node.addEventListener('input', render);
  node.addEventListener('change', render);

  return {
    node,
    title,
    render,
    /** Only for a room that has no date: whether it begins now. */
    get later() {
      return later.checked;
    },
    /** Show what a room is, to be changed. @param {import('../wire/types.js').Room} room */
    fill(room) {
      title.value = room.title;
      description.value = room.description;
      topics.value = room.topics.join(', ');
      language.offer(room.language);
      language.node.value = room.language;
      hashtag.value = room.hashtag;
      later.checked = Boolean(room.scheduled_for);
      soon.checked = !later.checked;
      show(when, !room.scheduled_for);
      at.value = room.scheduled_for ? dateField(room.scheduled_for) : '';
      speak.value = room.speak;
      record.box.checked = room.recording;
      tune.box.checked = room.waiting === 'tune';
      titleField.render();
      descriptionField.render();
      render();
    },
    /**
     * What was filled in, under the protocol's names.
     *
     * @throws {Refusal} if it cannot be
     */
    read() {
      const found = topicsOf(topics.value);
      const wrong = topicsTrouble(found);
      if (wrong) throw new Refusal('bad_topics', wrong);
      const planned = later.checked ? dateOf(at.value) : null;
      const why = planned === null ? '' : whyNot(planned, now(), rules());
      if (why) throw new Refusal('bad_schedule', why);
      const tag = hashtag.value.trim().replace(/^#?/, '#');
      return {
        title: title.value.trim(),
        description: description.value.trim(),
        topics: found,
        language: language.node.value,
        hashtag: kind() === 'blueroom' && tag !== '#' ? tag : '',
        scheduled_for: planned,
        speak: speak.value,
        recording: record.box.checked,
        waiting: tune.box.checked ? 'tune' : 'silence',
      };
    },
  };
}
