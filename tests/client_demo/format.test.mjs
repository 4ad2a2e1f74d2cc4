import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as format from '../../client_demo/js/pure/format.js';

test('counts are exact, whatever their size', () => {
  assert.equal(format.count(44208), '44,208');
  assert.equal(format.counted(1, 'listener'), '1 listener');
  assert.equal(format.counted(0, 'listener'), '0 listeners');
});

test('of listeners it is said how many are simulated', () => {
  const counts = { listeners: 44208, simulated: 44008 };
  assert.equal(format.listenersOf(counts), '44,208 listeners · 44,008 simulated');
  assert.equal(format.listenersOf({ listeners: 1, simulated: 0 }), '1 listener');
  assert.equal(format.ofSimulated({}), '', 'a server that does not say');
  assert.equal(format.ofPeakSimulated({ ...counts, peak_simulated: 44107 }), ' · 44,107 simulated');
  assert.equal(format.ofPeakSimulated(counts), '', 'nor of the peak');
});

test('initials stand for a person in any script', () => {
  const cases = {
    'Sandara Park': 'SP',
    정원: '정원',
    김연정: '김연',
    ENHYPEN: 'EN',
    '@cine21_editor': 'CE',
    'a.b.c': 'AC',
    'Blueroom host (synthetic)': 'BH',
    '(only this)': '–',
    '💜': '–',
    '': '–',
    Ö: 'Ö',
  };
  for (const [name, wanted] of Object.entries(cases))
    assert.equal(format.initials(name), wanted, name);
});

test('a handle always has the same hue, and two have different ones', () => {
  assert.equal(format.hue('ENHYPEN'), format.hue('ENHYPEN'));
  assert.notEqual(format.hue('ENHYPEN'), format.hue('offclASTRO'));
  for (const handle of ['', 'a', '정원']) {
    assert.ok(
      Number.isInteger(format.hue(handle)) && format.hue(handle) >= 0 && format.hue(handle) < 360,
    );
  }
});

test('a countdown shows 1 until the last instant, and never less than 0', () => {
  const shown = [0, 9.2, 9.999, 10, 12].map((now) => format.secondsLeft(10, now));
  assert.deepEqual(shown, [10, 1, 1, 0, 0]);
});

test('lengths of time', () => {
  const shown = [0, 42, 65, 3600, 7389].map(format.duration);
  assert.deepEqual(shown, ['0 s', '42 s', '1:05 min', '1:00:00 h', '2:03:09 h']);
});

test('a ledger is shown so that it adds up', () => {
  const tally = { offered: 8954, moved: 8790, declined: 120, lost: 44 };
  assert.equal(format.ledgerLine(tally), '8,954 offered = 8,790 moved + 120 stayed + 44 lost');
});

test('a fresh name is one the protocol takes', () => {
  for (const title of ['After party!', '기다리는 ENGENE과', '', 'x'.repeat(200), '--']) {
    for (const chance of [0, 0.5, 0.999999999]) {
      assert.match(format.freshName(title, chance), /^[A-Za-z0-9_.-]{1,64}$/);
    }
  }
  assert.notEqual(format.freshName('a', 0.1), format.freshName('a', 0.2));
});

test('every state of a room has words', () => {
  const words = ['scheduled', 'live', 'ended', 'canceled', 'timed_out'].map((state) =>
    format.stateName({ state, kind: 'space' }),
  );
  assert.equal(new Set(words).size, 5);
  assert.equal(format.stateName({ state: 'ended', kind: 'blueroom' }), 'This Blueroom has ended');
});

test('a place in a recording', () => {
  const shown = [0, 9.9, 725, 3723].map(format.position);
  assert.deepEqual(shown, ['0:00', '0:09', '12:05', '1:02:03']);
});

test('a language has a name, or is told by its tag', () => {
  assert.equal(format.languageName('ko'), 'Korean');
  assert.equal(format.languageName('not a tag'), 'not a tag');
});
