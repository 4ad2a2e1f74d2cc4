import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as planning from '../../client_demo/js/pure/planning.js';

const DAY = 86_400;
const NOW = 1_800_000_000;

test('a room is planned for a time to come, as far ahead as its rules let', () => {
  const { whyNot } = planning;
  assert.match(whyNot(NaN, NOW, 'current'), /Choose/);
  assert.match(whyNot(NOW, NOW, 'current'), /past/);
  assert.equal(whyNot(NOW + 1, NOW, 'current'), '');
  assert.equal(whyNot(NOW + 30 * DAY, NOW, 'current'), '');
  assert.match(whyNot(NOW + 30 * DAY + 60, NOW, 'current'), /at most 30 days/);
  assert.equal(whyNot(NOW + 14 * DAY, NOW, '2021h1'), '');
  assert.match(whyNot(NOW + 15 * DAY, NOW, '2021h1'), /at most 14 days/);
});

test('a date field holds the same minute that is read from it, in any zone', () => {
  for (const at of [NOW, NOW + 200 * DAY]) {
    const minute = Math.floor(at / 60) * 60;
    assert.equal(planning.dateOf(planning.dateField(at)), minute);
  }
  assert.match(planning.dateField(NOW), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/);
  assert.ok(Number.isNaN(planning.dateOf('')));
});

test('what is offered first is a quarter of an hour, at least half an hour away', () => {
  for (const now of [NOW, NOW + 1, NOW + 899]) {
    const at = planning.usualStart(now);
    assert.equal(at % 900, 0);
    assert.ok(at - now >= 1800 && at - now < 2700);
  }
});

test('how long it is until then', () => {
  const cases = {
    0: 'any moment now',
    0.4: 'in 0:01',
    249: 'in 4:09',
    3599: 'in 59:59',
    3600: 'in 1 h 00 min',
    172799: 'in 47 h 59 min',
    172800: 'in 2 days',
  };
  for (const [left, wanted] of Object.entries(cases))
    assert.equal(planning.untilWords(NOW + Number(left), NOW), wanted, left);
  assert.equal(planning.untilWords(NOW - 5, NOW), 'any moment now');
});

test('a countdown has days only if there are any, and never goes below nothing', () => {
  const shown = (left) =>
    planning.countdownParts(NOW + left, NOW).map(({ value, unit }) => `${value} ${unit}`);
  assert.deepEqual(shown(3661), ['01 hours', '01 minutes', '01 seconds']);
  assert.deepEqual(shown(9 * DAY + 1), ['9 days', '00 hours', '00 minutes', '01 seconds']);
  assert.deepEqual(shown(-9), ['00 hours', '00 minutes', '00 seconds']);
});

test('topics are read from what is typed, each once', () => {
  assert.deepEqual(planning.topicsOf(' K-pop, #Debut,, k-POP ,Q&A'), ['K-pop', 'Debut', 'Q&A']);
  assert.deepEqual(planning.topicsOf(' , #'), []);
});

test('too many topics, or too long a one, is said', () => {
  assert.equal(planning.topicsTrouble(['a', 'b', 'c']), '');
  assert.match(planning.topicsTrouble(['a', 'b', 'c', 'd']), /up to 3/);
  assert.equal(planning.topicsTrouble(['💜'.repeat(30)]), '');
  assert.match(planning.topicsTrouble(['💜'.repeat(31)]), /up to 30/);
});

test('handles are read with or without the sign', () => {
  assert.deepEqual(planning.handlesOf('@ann, bea  @cat,ann'), ['ann', 'bea', 'cat']);
  assert.deepEqual(planning.handlesOf(' '), []);
});

test('a handle that cannot be, or too many of them, is said', () => {
  assert.equal(planning.handlesTrouble(['ann', 'b.e-a_1'], 2), '');
  assert.match(planning.handlesTrouble(['정원'], 2), /no handle/);
  assert.match(planning.handlesTrouble(['a', 'b', 'c'], 2), /2 places/);
});
