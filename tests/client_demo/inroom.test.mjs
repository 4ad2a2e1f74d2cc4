/** The pure parts of what a room has besides its stage. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { takesHands } from '../../client_demo/js/room/hands.js';
import { placeOf } from '../../client_demo/js/room/pins.js';
import { byVotes } from '../../client_demo/js/room/questions.js';
import {
  TONES,
  rememberTone,
  rememberedTone,
  takesTone,
  toned,
} from '../../client_demo/js/pure/tones.js';
import { votesOf } from '../../client_demo/js/pure/votes.js';
import { makeRoom } from './harness.mjs';

function makeStorage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  };
}

test('hands and fists take a skin tone, hearts and faces do not', () => {
  for (const reaction of ['✋', '✊', '✌️', '👋', '👏', '👍', '👎'])
    assert.equal(takesTone(reaction), true, reaction);
  for (const reaction of ['💯', '💜', '😂', '😲', '😢'])
    assert.equal(takesTone(reaction), false, reaction);
});

test('a tone stands behind the bare sign, where the server looks for it', () => {
  assert.equal(toned('👏', '🏽'), '👏🏽');
  assert.equal(toned('✌️', '🏿'), '\u270C🏿');
  assert.equal(toned('💜', '🏽'), '💜');
  assert.equal(toned('👏', ''), '👏');
});

test('a tone is remembered, and a strange one forgotten', () => {
  const storage = makeStorage();
  assert.equal(rememberedTone(storage), '');
  rememberTone(TONES[3], storage);
  assert.equal(rememberedTone(storage), TONES[3]);
  rememberTone('purple', storage);
  assert.equal(rememberedTone(storage), '');
});

test('a hand stays up where it is no reaction', () => {
  assert.equal(takesHands(makeRoom({ reactions: ['💯', '✋'] })), false);
  assert.equal(takesHands(makeRoom({ reactions: ['💯'] })), true);
});

test('votes are kept by member and room, and taken back', () => {
  const storage = makeStorage();
  const votes = votesOf('bea', storage);
  votes.keep('blue', 'q1', true);
  votes.keep('blue', 'q2', true);
  assert.equal(votesOf('bea', storage).has('blue', 'q1'), true);
  assert.equal(votesOf('cat', storage).has('blue', 'q1'), false);
  assert.equal(votes.has('green', 'q1'), false);
  votes.keep('blue', 'q1', false);
  assert.deepEqual([votes.has('blue', 'q1'), votes.has('blue', 'q2')], [false, true]);
});

test('what storage holds by mistake is no vote', () => {
  const storage = makeStorage();
  storage.setItem('afterparty.votes.bea.blue', '{oops');
  assert.equal(votesOf('bea', storage).has('blue', 'q1'), false);
});

test('questions stand by votes, and of equals the earlier first', () => {
  const asked = (question, votes, at) => ({ question, votes, at });
  const list = [asked('a', 1, 3), asked('b', 2, 9), asked('c', 1, 2)];
  assert.deepEqual(
    byVotes(/** @type {any} */ (list)).map(({ question }) => question),
    ['b', 'c', 'a'],
  );
});

test('a link is opened only where it is encrypted, and its host told', () => {
  assert.equal(placeOf('https://example.org/a?b'), 'example.org');
  for (const url of ['http://example.org', 'javascript:alert(1)', 'data:,x', 'oops', ''])
    assert.equal(placeOf(url), '', url);
});
