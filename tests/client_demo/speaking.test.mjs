import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SpeakingMeter, loudness } from '../../client_demo/js/pure/speaking.js';

const SEATS = [
  { member: 'ann', csrc: 7, muted: false },
  { member: 'bea', csrc: 8, muted: false },
  { member: 'cat', csrc: 9, muted: true },
];
const who = (levels) => [...levels.keys()];

test('without sound, the server says who speaks', () => {
  const meter = new SpeakingMeter();
  assert.deepEqual(who(meter.levels(SEATS, { ann: 20 }, 'bea', 0)), ['ann']);
});

test('a source that packets name now is heard, one that was named before is not', () => {
  const meter = new SpeakingMeter();
  meter.observe([{ source: 7, timestamp: 1 }], 0);
  meter.observe([{ source: 7, timestamp: 2 }], 0.1);
  assert.deepEqual(who(meter.levels(SEATS, {}, 'bea', 0.2)), ['ann']);
  meter.observe([{ source: 7, timestamp: 2 }], 0.6);
  assert.deepEqual(who(meter.levels(SEATS, { ann: 20 }, 'bea', 0.6)), [], 'the sound knows better');
});

test('my own voice is not in what I hear, so the server tells of it', () => {
  const meter = new SpeakingMeter();
  meter.observe([{ source: 7, timestamp: 1 }], 0);
  meter.observe([{ source: 7, timestamp: 2 }], 0.1);
  assert.deepEqual(who(meter.levels(SEATS, { bea: 30 }, 'bea', 0.1)), ['ann', 'bea']);
});

test('whoever is muted does not speak', () => {
  const meter = new SpeakingMeter();
  assert.deepEqual(who(meter.levels(SEATS, { cat: 10 }, 'bea', 0)), []);
});

test('after a reset, sources of before name nobody', () => {
  const meter = new SpeakingMeter();
  meter.observe([{ source: 7, timestamp: 1 }], 0);
  meter.observe([{ source: 7, timestamp: 2 }], 0.1);
  meter.reset();
  meter.observe([{ source: 7, timestamp: 2 }], 0.15);
  assert.deepEqual(who(meter.levels(SEATS, {}, 'bea', 0.15)), [], 'seen once may be long ago');
});

test('loudness runs from silence to full scale', () => {
  assert.deepEqual([loudness(127), loudness(60), loudness(30), loudness(0)], [0, 0, 0.5, 1]);
});
