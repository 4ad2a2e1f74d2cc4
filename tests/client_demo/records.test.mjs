/** The record book in words and in a drawing's measures. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { remade } from '../../client_demo/js/parts/dom.js';
import { honourWords } from '../../client_demo/js/records/honours.js';
import { boundWords, months, steps } from '../../client_demo/js/pure/recordline.js';

test('a record says what it passed, exactly', () => {
  const words = honourWords({
    kind: 'record',
    key: 'since-launch',
    title: 'since the public launch',
    listeners: 31_001,
    member: '',
    name: '',
    before_title: 'Games and talk',
    before_listeners: 31_000,
    at: 0,
  });
  assert.equal(words.head, 'New record: since the public launch');
  assert.equal(
    words.told + words.whose,
    '31,001 at one time, more than the 31,000 of “Games and talk”',
  );
});

test('a first says whose it is', () => {
  const words = honourWords({
    kind: 'first',
    key: 'kpop-host',
    title: 'First K-pop artist to host a Space',
    listeners: null,
    member: 'NCTsmtown',
    name: 'NCT',
    before_title: '',
    before_listeners: null,
    at: 0,
  });
  assert.deepEqual(words, {
    head: 'First K-pop artist to host a Space',
    told: '',
    whose: 'NCT',
  });
});

test('the scale is round, and reaches over the highest', () => {
  assert.deepEqual(steps(44_208), [20_000, 40_000, 60_000]);
  assert.deepEqual(steps(1), [1]);
  for (const most of [1, 3, 7, 10, 99, 100, 101, 12_345, 44_208, 60_001]) {
    const scale = steps(most);
    assert.ok(scale.at(-1) >= most && scale.length <= 4, `${most}: ${scale}`);
    assert.ok(
      scale.every((value) => Number.isInteger(value)),
      `${most}: ${scale}`,
    );
  }
});

test('what bounds are called never lies over its neighbour, nor over the edge', () => {
  const bounds = [
    { at: 100, title: 'Since the first of many months' },
    { at: 110, title: 'Since later' },
    { at: 120, title: 'A little later' },
    { at: 380, title: 'Since the very last days' },
  ];
  const told = boundWords(bounds, 50, 400);
  assert.deepEqual(
    told.map(({ at }) => at),
    [100, 120, 380],
    'what has no room is not told',
  );
  let last = 50;
  for (const { from, to, words } of told) {
    assert.ok(from >= last && to <= 400, `${words}: ${from} to ${to}`);
    assert.ok(words.length > 3, words);
    last = to;
  }
  const [lone] = boundWords([{ at: 200, title: '말'.repeat(100) }], 50, 400);
  assert.ok(lone.words.endsWith('…') && lone.to <= 400, 'wide signs need more room');
  const [behind] = boundWords([{ at: 230, title: 'since the launch' }], 50, 400);
  assert.deepEqual([behind.words, behind.anchor], ['since the launch', 'start']);
  const [whole] = boundWords([{ at: 300, title: 'since the public launch' }], 50, 400);
  assert.deepEqual([whole.words, whole.anchor], ['since the public launch', 'end']);
});

test('months are the first days of each, in order', () => {
  const since = Date.UTC(2021, 0, 1) / 1000;
  const until = Date.UTC(2021, 5, 30) / 1000;
  assert.deepEqual(
    months(since, until).map((at) => new Date(at * 1000).toISOString().slice(0, 10)),
    ['2021-01-01', '2021-02-01', '2021-03-01', '2021-04-01', '2021-05-01', '2021-06-01'],
  );
});

test('what has not changed is not made anew, so that it keeps the focus', () => {
  const made = [];
  const node = /** @type {any} */ ({ replaceChildren: (...nodes) => made.push(nodes) });
  const render = remade(node, (shown) => shown.map(({ title }) => title));
  for (const shown of [[], [{ title: 'a' }], [{ title: 'a' }], [{ title: 'b' }], []]) render(shown);
  assert.deepEqual(made, [[], ['a'], ['b'], []]);
});
