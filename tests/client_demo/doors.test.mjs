import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Doors } from '../../client_demo/js/wire/doors.js';

const HOME = 'ws://one/v1/ws';

function round(doors, gone = false, tries = 3) {
  return Array.from({ length: tries }, () => (doors.next(gone), doors.at));
}

test('one address is tried again and again', () => {
  const doors = new Doors(HOME);
  assert.deepEqual(round(doors), [HOME, HOME, HOME]);
  assert.equal(doors.several, false);
});

test('the same node first, then the others, each once a round', () => {
  const doors = new Doors(HOME);
  doors.learn(['http://one', 'http://two', 'http://three']);
  assert.equal(doors.several, true);
  const [first, ...others] = round(doors);
  assert.equal(first, HOME);
  assert.deepEqual(others.sort(), ['ws://three/v1/ws', 'ws://two/v1/ws']);
  const again = round(doors);
  assert.deepEqual(again.sort(), [HOME, 'ws://three/v1/ws', 'ws://two/v1/ws']);
});

test('a node that is gone comes last', () => {
  const doors = new Doors(HOME);
  doors.learn(['http://two']);
  assert.deepEqual(round(doors, true, 2), ['ws://two/v1/ws', HOME]);
});

test('the first address is kept even when no node has it: a front door', () => {
  const doors = new Doors(HOME);
  doors.learn(['http://two']);
  round(doors, true, 1);
  doors.settle();
  doors.learn(['http://two', 'http://three']);
  assert.deepEqual(round(doors), ['ws://two/v1/ws', 'ws://three/v1/ws', HOME]);
});

test('within a round the next is tried at once; each round waits longer', () => {
  const doors = new Doors(HOME);
  doors.learn(['http://two']);
  const waits = Array.from({ length: 6 }, () => doors.next(false));
  const most = [0.25, 0.1, 0.5, 0.1, 1, 0.1];
  waits.forEach((wait, n) => assert.ok(wait >= most[n] / 2 && wait <= most[n], `${n}: ${wait}`));
});

test('what is no address, or would be a plain one, is left aside', () => {
  const doors = new Doors('wss://one/v1/ws');
  doors.learn(['http://two', 'javascript:alert(1)', 'nonsense', 'https://three', 'https://three/']);
  assert.deepEqual(round(doors), ['wss://one/v1/ws', 'wss://three/v1/ws', 'wss://one/v1/ws']);
});
