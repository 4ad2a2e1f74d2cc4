import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newsOf } from '../../client_demo/js/news.js';

const muted = (by, member, value = true) => ({
  type: 'mute_changed',
  at: 1,
  by,
  member,
  muted: value,
});

test('I am told when somebody else closes my microphone', () => {
  assert.match(newsOf(muted('ann', 'bea'), 'bea'), /closed your microphone/);
});

test('what I do myself, and what happens to others, is no news', () => {
  assert.equal(newsOf(muted('bea', 'bea'), 'bea'), '');
  assert.equal(newsOf(muted('ann', 'cat'), 'bea'), '');
  assert.equal(newsOf(muted('bea', 'bea', false), 'bea'), '');
  assert.equal(newsOf({ type: 'request_dropped', by: 'bea', member: 'bea' }, 'bea'), '');
});

test('a decline, a demotion, a seat and a lapsed invitation are news', () => {
  const seat = { person: { member: 'bea' }, role: 'speaker' };
  assert.match(newsOf({ type: 'request_dropped', by: 'ann', member: 'bea' }, 'bea'), /declined/);
  assert.match(newsOf({ type: 'seat_left', by: 'ann', member: 'bea' }, 'bea'), /A host made you/);
  assert.match(newsOf({ type: 'seat_left', by: 'bea', member: 'bea' }, 'bea'), /listener again/);
  assert.match(newsOf({ type: 'seat_taken', by: 'ann', seat }, 'bea'), /on the stage/);
  assert.match(
    newsOf({ type: 'invitation_dropped', by: ':system', member: 'bea' }, 'bea'),
    /run out/,
  );
});

test('what concerns everybody is told to everybody but its author', () => {
  const canceled = { type: 'handoff_canceled', by: 'ann', handoff: 'h1' };
  assert.match(newsOf(canceled, 'bea'), /called off/);
  assert.equal(newsOf(canceled, 'ann'), '');
});

test('an event that this client does not know is no news', () => {
  assert.equal(newsOf({ type: 'toString', by: 'ann', member: 'bea' }, 'bea'), '');
});
