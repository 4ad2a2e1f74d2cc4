/**
 * A Blueroom's questions: a line to ask one, the list by votes, and the answered ones. The artist's
 * pick stands on the stage, in `picked.js`.
 *
 * @import {Question} from '../wire/types.js'
 */

import { attr, h, keyed, show, text } from '../parts/dom.js';
import { toastError } from '../parts/toast.js';
import { count, counted } from '../pure/format.js';
import { moderates } from '../pure/moderation.js';
import { votesOf } from '../pure/votes.js';
import * as api from '../wire/api.js';

const MOST_CHARACTERS = 140;

/** Most votes first; of equals, who asked first. Pure. @param {Question[]} list */
export const byVotes = (list) => [...list].sort((a, b) => b.votes - a.votes || a.at - b.at);

/** @param {import('./room.js').Scene} scene */
export function makeQuestions({ session, me, act }) {
  const votes = votesOf(me.member);
  const heading = h('h2', { testid: 'hashtag' });
  const total = h('span', { class: 'badge', testid: 'question-total' });
  const field = h('input', {
    testid: 'ask-text',
    maxlength: MOST_CHARACTERS,
    required: true,
    placeholder: 'Ask the artists',
    'aria-label': 'Your question',
    autocomplete: 'off',
    oninput: () => render(),
  });
  const left = h('span', { class: 'dim small', 'aria-live': 'off' });
  const form = h(
    'form',
    {
      class: 'row ask',
      onsubmit: async (event) => {
        event.preventDefault();
        const words = field.value.trim();
        if (words && (await act('ask', { text: words }))) field.value = '';
        render();
      },
    },
    h('span', { class: 'grow ask-field' }, field, left),
    h('button', { class: 'button primary', testid: 'ask-send' }, 'Ask'),
  );
  const none = h('p', { class: 'dim' }, 'No question yet. Ask the first one.');
  const list = h('ol', { class: 'questions', testid: 'questions' });
  const answered = h('ol', { class: 'questions answered', testid: 'answered' });
  const answeredWords = h('summary', {});
  const past = h('details', { class: 'past' }, answeredWords, answered);
  const node = h(
    'section',
    { class: 'panel questions-panel', testid: 'question-box' },
    h('div', { class: 'row' }, heading, total),
    form,
    none,
    list,
    past,
  );

  async function vote(question) {
    const { room } = session.room;
    const wanted = !votes.has(room, question);
    if (await act('vote', { question, vote: wanted })) {
      votes.keep(room, question, wanted);
      render();
    }
  }

  const hide = (question) =>
    api.hideQuestion(me.token, session.room.room, question).catch(toastError);

  function makeQuestion({ question }) {
    const tool = (testid, words, run) =>
      h('button', { class: 'mini', testid: `${testid}-${question}`, onclick: run }, words);
    return h(
      'li',
      { class: 'question', testid: `question-${question}` },
      h(
        'button',
        { class: 'vote', testid: `vote-${question}`, onclick: () => vote(question) },
        h('span', { 'aria-hidden': 'true' }, '▲'),
        h('strong', {}),
      ),
      h(
        'div',
        { class: 'grow' },
        h('p', { class: 'question-words' }),
        h('p', { class: 'dim small' }),
      ),
      tool('pick', 'Pick', () => act('pick', { question })),
      tool('hide', '', () => hide(question)),
    );
  }

  /** @param {any} row @param {Question} asked */
  function renderQuestion(row, asked) {
    const [up, body, pick, away] = row.children;
    const { room, you, role, seat } = session;
    const mine = asked.member === you.member;
    const mark = votes.has(room.room, asked.question);
    text(up.lastElementChild, count(asked.votes));
    attr(up, 'aria-pressed', String(mark));
    attr(up, 'aria-label', `${counted(asked.votes, 'vote')}. Vote for this question`);
    up.disabled = you.anonymous || mine;
    text(body.firstElementChild, asked.text);
    text(body.lastElementChild, mine ? `${asked.name} (you)` : asked.name);
    show(pick, Boolean(seat) && room.state === 'live');
    show(away, mine || moderates(role));
    text(away, mine ? 'Take back' : 'Hide');
  }

  const makeAnswered = (asked) =>
    h(
      'li',
      { class: 'question', testid: `answered-${asked.question}` },
      h(
        'div',
        { class: 'grow' },
        h('p', { class: 'question-words' }, asked.text),
        h('p', { class: 'dim small' }, `${asked.name} · ${counted(asked.votes, 'vote')}`),
      ),
    );

  function render() {
    const { room, you, questions } = session;
    const asking = ['scheduled', 'live'].includes(room.state);
    show(node, room.kind === 'blueroom');
    if (room.kind !== 'blueroom') return;
    const key = ({ question }) => `${room.room} ${question}`;
    const open = byVotes(questions.questions);
    text(heading, room.hashtag || 'Questions');
    text(total, count(questions.total));
    show(total, questions.total > 0);
    show(form, asking && !you.anonymous);
    text(left, field.value ? MOST_CHARACTERS - field.value.length : '');
    keyed(list, open, key, makeQuestion, renderQuestion);
    show(none, open.length === 0 && asking);
    show(list, open.length > 0);
    keyed(answered, [...room.answered].reverse(), key, makeAnswered);
    text(answeredWords, `Answered (${room.answered.length})`);
    show(past, room.answered.length > 0);
  }

  return { node, render };
}
