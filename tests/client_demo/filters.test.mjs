import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  asked,
  filtering,
  filtersOf,
  lobbyFor,
  NO_FILTERS,
  readFilters,
  writeFilters,
} from '../../client_demo/js/pure/filters.js';

test('what is asked for is in the address, and comes back from it', () => {
  const all = { q: 'after party', state: 'over', kind: 'space', topic: 'Q&A', host: '정원' };
  assert.deepEqual(readFilters(writeFilters(all)), all);
  assert.deepEqual(readFilters(''), NO_FILTERS);
  assert.equal(writeFilters(NO_FILTERS), '');
});

test('what makes no sense is left out, and signs before a name are', () => {
  const found = readFilters('?state=asleep&kind=cinema&topic=%20%23K-pop&host=@ann&more=1');
  assert.deepEqual(found, { ...NO_FILTERS, topic: 'K-pop', host: 'ann' });
  assert.equal(filtersOf({ state: 'toString' }).state, '');
});

test('no more is asked than the server takes', () => {
  const long = 'x'.repeat(500);
  const found = filtersOf({ q: long, topic: long, host: long });
  assert.deepEqual([found.q.length, found.topic.length, found.host.length], [100, 30, 64]);
});

test('a room that is over is so in one of three states', () => {
  assert.deepEqual(asked(filtersOf({ state: 'over' })).state, ['ended', 'timed_out', 'canceled']);
  assert.deepEqual(asked(NO_FILTERS).state, []);
});

test('links of the page lead to a narrowed lobby', () => {
  assert.equal(lobbyFor({ topic: 'Q&A' }), '/?topic=Q%26A');
  assert.ok(filtering(readFilters('?q=a')));
  assert.ok(!filtering(readFilters('?q=%20')));
});
