import assert from 'node:assert/strict';
import { test } from 'node:test';

import { blockedAfter } from '../../client_demo/js/room/audit.js';
import { deedsOn, mayActOn, moderates } from '../../client_demo/js/pure/moderation.js';
import { makeRoom } from './harness.mjs';

const as = (role, member = role) => ({ member, role, anonymous: false });
const room = makeRoom();

test('a host may do to a listener what a co-host may, and invite a co-host', () => {
  assert.deepEqual(deedsOn(room, as('host'), as('listener')), [
    'invite_speaker',
    'invite_cohost',
    'remove',
    'block',
    'report',
  ]);
  assert.deepEqual(deedsOn(room, as('cohost'), as('listener')), [
    'invite_speaker',
    'remove',
    'block',
    'report',
  ]);
});

test('by the rules of early 2021 nobody is invited as a co-host', () => {
  const old = makeRoom({ rules: '2021h1', cohost_places: 0 });
  assert.ok(!deedsOn(old, as('host'), as('listener')).includes('invite_cohost'));
});

test('only an open microphone is muted', () => {
  const speaker = (muted) => ({ ...as('speaker'), muted });
  assert.ok(deedsOn(room, as('host'), speaker(false)).includes('mute'));
  assert.ok(!deedsOn(room, as('host'), speaker(true)).includes('mute'));
  assert.ok(deedsOn(room, as('host'), speaker(true)).includes('demote'));
});

test('a co-host does nothing to the host or to another co-host but report them', () => {
  assert.deepEqual(deedsOn(room, as('cohost'), as('host')), ['report']);
  assert.deepEqual(deedsOn(room, as('cohost'), as('cohost', 'other')), ['report']);
});

test('who does not moderate may report, and somebody anonymous not even that', () => {
  for (const role of ['speaker', 'listener']) {
    assert.deepEqual(deedsOn(room, as(role), as('host')), ['report']);
    assert.equal(moderates(role), false);
  }
  assert.deepEqual(deedsOn(room, { ...as('listener'), anonymous: true }, as('host')), []);
});

test('nobody does anything to themselves', () => {
  assert.deepEqual(deedsOn(room, as('host', 'ann'), as('host', 'ann')), []);
});

test('nobody acts on a host', () => {
  for (const role of ['host', 'cohost', 'speaker', 'listener']) {
    assert.equal(mayActOn(role, 'host'), false);
  }
});

test('who is blocked is who was blocked and not let in again', () => {
  const entry = (what, member) => ({ what, member });
  const found = blockedAfter([
    entry('blocked', 'bea'),
    entry('blocked', 'cat'),
    entry('removed', 'dan'),
    entry('unblocked', 'bea'),
  ]);
  assert.deepEqual([...found], ['cat']);
});
