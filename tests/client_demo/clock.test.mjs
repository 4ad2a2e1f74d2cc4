import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ServerClock } from '../../client_demo/js/wire/clock.js';

test('without a reading the client has only its own clock', () => {
  assert.equal(new ServerClock().offset, 0);
});

test('a reading is taken to be from the middle of its way', () => {
  const clock = new ServerClock();
  clock.sample(1001, 0, 2);
  assert.equal(clock.offset, 1000);
});

test('the reading with the shortest way is believed', () => {
  const clock = new ServerClock();
  clock.sample(1000.5, 0, 3);
  clock.sample(1010.05, 10, 10.1);
  clock.sample(1022, 20, 21);
  assert.ok(Math.abs(clock.offset - 1000) < 1e-9);
});

test('old readings go, so that a drifting clock is followed', () => {
  const clock = new ServerClock();
  clock.sample(1000, 0, 0);
  for (let at = 1; at <= 8; at += 1) clock.sample(1005 + at + 0.5, at, at + 1);
  assert.equal(clock.offset, 1005);
});
