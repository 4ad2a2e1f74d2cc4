import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newsOf, unseenOf } from '../../client_demo/js/pure/news.js';

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

test('what a room is like now is told to all but whoever changed it', () => {
  const told = {
    speak_changed: { speak: 'everyone' },
    lock_changed: { locked: true },
    host_back: {},
    starts_soon: {},
  };
  for (const [type, fields] of Object.entries(told)) {
    assert.notEqual(newsOf({ type, by: 'ann', ...fields }, 'bea'), '', type);
    if (type !== 'starts_soon') assert.equal(newsOf({ type, by: 'ann', ...fields }, 'ann'), '');
  }
  assert.match(newsOf({ type: 'lock_changed', by: 'ann', locked: false }, 'bea'), /open/);
});

test('a new host is told in one way, the others in another', () => {
  const changed = { type: 'host_changed', by: 'bea', member: 'bea' };
  assert.match(newsOf(changed, 'bea'), /You host/);
  assert.match(newsOf(changed, 'cat'), /another host/);
});

test('whoever asked is told that the artists picked their question', () => {
  const picked = { type: 'question_picked', by: 'ann', person: { member: 'bea' } };
  assert.match(newsOf(picked, 'bea'), /on the stage/);
  assert.equal(newsOf(picked, 'cat'), '');
});

test('a hand that a host lowered is news to its owner', () => {
  const lowered = { type: 'hand_lowered', by: 'ann', member: 'bea' };
  assert.match(newsOf(lowered, 'bea'), /lowered/);
  assert.equal(newsOf({ ...lowered, by: 'bea' }, 'bea'), '');
});

test('an event that this client does not know is no news', () => {
  assert.equal(newsOf({ type: 'toString', by: 'ann', member: 'bea' }, 'bea'), '');
});

test('beside another page I am told what wants an answer from me', () => {
  const invited = { type: 'member_invited', by: 'ann', member: 'bea' };
  assert.match(unseenOf(invited, 'bea'), /invited onto the stage/);
  assert.equal(unseenOf(invited, 'cat'), '');
  assert.match(unseenOf({ type: 'handoff_offered', by: 'ann' }, 'cat'), /about to move/);
  assert.match(unseenOf({ type: 'host_away' }, 'cat'), /host is away/);
  assert.equal(unseenOf(muted('ann', 'bea'), 'bea'), '');
});
