import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as waveform from '../../client_demo/js/pure/waveform.js';

const mark = (member, from, to) => ({ member, name: member.toUpperCase(), from, to });

test('a bar is as high as the loudest of its part, and silence is a line', () => {
  const levels = [
    [0, 127],
    [1, 0],
    [2, 30],
    [3, 127],
  ];
  const [silent, loud, half, end] = waveform.bars(levels, 4, 4);
  assert.ok(silent > 0 && silent < 0.1);
  assert.equal(loud, 1);
  assert.equal(half, 0.5);
  assert.equal(end, silent);
  assert.equal(waveform.bars(levels, 4, 2)[0], 1);
});

test('few levels fill all bars, many fit into few', () => {
  assert.deepEqual(waveform.bars([[0, 30]], 10, 5), [0.5, 0.5, 0.5, 0.5, 0.5]);
  const many = Array.from({ length: 1000 }, (_, n) => [n * 7.2, 30]);
  assert.deepEqual(new Set(waveform.bars(many, 7200, 180)), new Set([0.5]));
  assert.equal(waveform.bars([], 0, 3).length, 3);
});

test('a path of bars stays within its box', () => {
  const path = waveform.barsPath([1, 0.5]);
  assert.equal(path, 'M0.2 0.000h.6v2.000h-.6zM1.2 0.500h.6v1.000h-.6z');
});

test('breaths are part of a chapter, and another voice in between does not end it', () => {
  const marks = [mark('bea', 11, 12), mark('ann', 0, 10), mark('ann', 12, 20), mark('ann', 40, 41)];
  assert.deepEqual(
    waveform.chapters(marks).map(({ member, from, to }) => [member, from, to]),
    [
      ['ann', 0, 20],
      ['bea', 11, 12],
      ['ann', 40, 41],
    ],
  );
  assert.deepEqual(marks[1], mark('ann', 0, 10), 'what was handed in is as it was');
});

test('each voice has a lane, with its places in percent', () => {
  const [ann, bea] = waveform.lanes([mark('ann', 0, 10), mark('bea', 50, 75)], 100);
  assert.deepEqual(ann, {
    member: 'ann',
    name: 'ANN',
    spoke: 10,
    parts: [{ left: 0, width: 10, from: 0 }],
  });
  assert.deepEqual(bea.parts, [{ left: 50, width: 25, from: 50 }]);
  assert.equal(waveform.percent(5, 0), 0);
});

test('voices beside each other have colours that can be told apart', () => {
  const hues = [...waveform.hues([mark('bea', 5, 6), mark('ann', 0, 1), mark('ann', 9, 10)])];
  assert.deepEqual(
    hues.map(([member]) => member),
    ['ann', 'bea'],
  );
  const apart = Math.abs(hues[0][1] - hues[1][1]);
  assert.ok(Math.min(apart, 360 - apart) > 90);
});

test('reactions are summed by part, under the most frequent of them', () => {
  const reactions = [
    [1, '💜', 3],
    [2, '👏', 2],
    [3, '👏', 2],
    [100, '😂', 14],
  ];
  const [first, second] = waveform.reactionParts(reactions, 100, 2);
  assert.deepEqual(first, { times: 7, share: 0.5, reaction: '👏' });
  assert.deepEqual(second, { times: 14, share: 1, reaction: '😂' });
  assert.deepEqual(waveform.reactionParts([], 0, 1), [{ times: 0, share: 0, reaction: '' }]);
});

test('the line that is being said is the last one that has begun', () => {
  const offsets = [1, 5, 5, 9];
  const found = [0, 1, 4.9, 5, 100].map((at) => waveform.latestAt(offsets, at));
  assert.deepEqual(found, [-1, 0, 0, 2, 3]);
  assert.equal(waveform.latestAt([], 3), -1);
});

test('a part of a recording counts from its own beginning', () => {
  const whole = {
    levels: [
      [0, 20],
      [10, 30],
      [20, 40],
    ],
    marks: [mark('ann', 5, 12), mark('bea', 14, 30), mark('cat', 0, 10)],
    captions: [
      { at: 9, member: 'ann', text: 'before', language: 'en' },
      { at: 12, member: 'ann', text: 'in it', language: 'en' },
    ],
    reactions: [
      [10, '💜', 1],
      [20, '💜', 2],
    ],
  };
  const found = waveform.part(whole, 10, 10);
  assert.deepEqual(found.levels, [[0, 30]]);
  assert.deepEqual(found.marks, [mark('ann', 0, 2), mark('bea', 4, 10)]);
  assert.deepEqual(
    found.captions.map(({ at, text }) => [at, text]),
    [[2, 'in it']],
  );
  assert.deepEqual(found.reactions, [[0, '💜', 1]]);
});
