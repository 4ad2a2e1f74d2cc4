import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EVENT_TYPES, applyEvent, isOver, roleOf } from '../../client_demo/js/pure/evolution.js';

const person = (member, name = '') => ({ member, handle: member, name, anonymous: false });
const seat = (member, role, csrc) => ({ person: person(member), role, csrc, muted: true });

const CREATED = {
  type: 'room_created',
  at: 100,
  by: 'ann',
  room: 'after',
  show: 'evening',
  kind: 'space',
  title: 'After party',
  rules: 'current',
  language: 'ko',
  scheduled_for: null,
  seats: [seat('ann', 'host', 7)],
};

const fold = (...events) => events.reduce(applyEvent, null);

/** The host's seat, as the page shows it. */
const ANN = {
  member: 'ann',
  handle: 'ann',
  name: 'ann',
  role: 'host',
  muted: true,
  csrc: 7,
  captions: false,
};

/** One step for every type of event: what it does, seen on a room built from the first event. */
const STEPS = {
  room_created: {
    before: [],
    event: CREATED,
    expect: {
      number: 1,
      room: 'after',
      show: 'evening',
      state: 'scheduled',
      created_at: 100,
      speaker_places: 10,
      cohost_places: 2,
      reactions: ['😂', '😲', '😢', '💜', '💯', '👏', '✊', '👍', '👎', '👋'],
      speak: 'invited',
      locked: false,
      seats: [ANN],
    },
  },
  room_opened: {
    before: [CREATED],
    event: { type: 'room_opened', at: 101, by: 'ann' },
    expect: { number: 2, state: 'live', opened_at: 101 },
  },
  room_canceled: {
    before: [
      CREATED,
      { type: 'member_invited', at: 1, by: 'ann', member: 'bea', role: 'speaker', expires_at: 9 },
    ],
    event: { type: 'room_canceled', at: 102, by: 'ann' },
    expect: { number: 3, state: 'canceled', over_at: 102, invitations: [], requests: [] },
  },
  room_ended: {
    before: [CREATED, { type: 'speak_requested', at: 1, person: person('bea') }],
    event: { type: 'room_ended', at: 103, by: 'ann' },
    expect: { state: 'ended', over_at: 103, invitations: [], requests: [] },
  },
  speak_requested: {
    before: [CREATED, { type: 'speak_requested', at: 1, person: person('bea', 'Bea') }],
    event: { type: 'speak_requested', at: 2, person: person('cat') },
    expect: { requests: [person('bea', 'Bea'), person('cat', 'cat')] },
  },
  request_dropped: {
    before: [
      CREATED,
      { type: 'speak_requested', at: 1, person: person('bea') },
      { type: 'speak_requested', at: 2, person: person('cat', 'Cat') },
    ],
    event: { type: 'request_dropped', at: 3, by: 'ann', member: 'bea' },
    expect: { requests: [person('cat', 'Cat')] },
  },
  member_invited: {
    before: [CREATED],
    event: {
      type: 'member_invited',
      at: 1,
      by: 'ann',
      member: 'bea',
      role: 'cohost',
      expires_at: 121,
    },
    expect: { invitations: [{ member: 'bea', role: 'cohost', expires_at: 121 }] },
  },
  invitation_dropped: {
    before: [
      CREATED,
      { type: 'member_invited', at: 1, by: 'ann', member: 'bea', role: 'speaker', expires_at: 9 },
    ],
    event: { type: 'invitation_dropped', at: 9, by: ':system', member: 'bea' },
    expect: { invitations: [] },
  },
  seat_taken: {
    before: [
      CREATED,
      { type: 'speak_requested', at: 1, person: person('bea') },
      { type: 'member_invited', at: 1, by: 'ann', member: 'bea', role: 'speaker', expires_at: 9 },
    ],
    event: { type: 'seat_taken', at: 2, by: 'ann', seat: seat('bea', 'speaker', 8) },
    expect: {
      requests: [],
      invitations: [],
      seats: [
        ANN,
        {
          member: 'bea',
          handle: 'bea',
          name: 'bea',
          role: 'speaker',
          muted: true,
          csrc: 8,
          captions: false,
        },
      ],
    },
  },
  seat_left: {
    before: [CREATED, { type: 'seat_taken', at: 2, by: 'ann', seat: seat('bea', 'speaker', 8) }],
    event: { type: 'seat_left', at: 3, by: 'bea', member: 'bea' },
    expect: {
      seats: [ANN],
    },
  },
  mute_changed: {
    before: [CREATED],
    event: { type: 'mute_changed', at: 3, by: 'ann', member: 'ann', muted: false },
    expect: {
      seats: [
        {
          member: 'ann',
          handle: 'ann',
          name: 'ann',
          role: 'host',
          muted: false,
          csrc: 7,
          captions: false,
        },
      ],
    },
  },
  line_said: {
    before: [CREATED],
    event: { type: 'line_said', at: 4, member: 'ann', text: '안녕하세요', language: 'ko' },
    expect: { captions: [{ member: 'ann', text: '안녕하세요', language: 'ko', at: 4 }] },
  },
  handoff_offered: {
    before: [CREATED],
    event: {
      type: 'handoff_offered',
      at: 5,
      by: 'ann',
      handoff: 'h1',
      to_room: 'blue',
      moves_at: 15,
    },
    expect: {
      handoff: {
        handoff: 'h1',
        to_room: 'blue',
        phase: 'offered',
        offered_at: 5,
        moves_at: 15,
        then_end: false,
        tally: null,
      },
    },
  },
};

const OFFERED = STEPS.handoff_offered.event;
const offered = STEPS.handoff_offered.expect.handoff;
const TALLY = { offered: 3, moved: 1, declined: 1, lost: 1 };
STEPS.handoff_begun = {
  before: [CREATED, OFFERED],
  event: { type: 'handoff_begun', at: 15, handoff: 'h1' },
  expect: { handoff: { ...offered, phase: 'moving' } },
};
STEPS.handoff_canceled = {
  before: [CREATED, OFFERED],
  event: { type: 'handoff_canceled', at: 9, by: 'ann', handoff: 'h1' },
  expect: { handoff: { ...offered, phase: 'canceled' } },
};
STEPS.handoff_closed = {
  before: [CREATED, OFFERED, STEPS.handoff_begun.event],
  event: { type: 'handoff_closed', at: 16, handoff: 'h1', tally: TALLY },
  expect: { handoff: { ...offered, phase: 'closed', tally: TALLY } },
};

/** @param {string} type @param {object} event @param {object} expect @param {any[]} more */
function step(type, event, expect, more = []) {
  STEPS[type] = { before: [CREATED, ...more], event: { type, at: 20, ...event }, expect };
}

const ABOUT = {
  title: 'Later party',
  description: 'What it is about.',
  topics: ['music'],
  hashtag: '#Ask_ANN',
  language: 'en',
  scheduled_for: 900,
  recording: true,
  waiting: 'tune',
};
const HOST_SEAT = STEPS.seat_left.expect.seats[0];
const TOOK_SEAT = {
  type: 'seat_taken',
  at: 2,
  by: 'ann',
  seat: seat('bea', 'cohost', 8),
};
const AWAY = { type: 'host_away', at: 5, until: 305 };
const RAISED = { type: 'hand_raised', at: 6, person: person('cat') };
const PINNED = {
  type: 'post_pinned',
  at: 7,
  by: 'ann',
  pin: 'p1',
  text: 'Hi',
  url: 'https://a.b/',
};
const PICKED = {
  type: 'question_picked',
  at: 8,
  by: 'ann',
  question: 'q1',
  person: person('cat', 'Cat'),
  text: 'Why?',
  votes: 3,
};
const picked = {
  question: 'q1',
  member: 'cat',
  handle: 'cat',
  name: 'Cat',
  text: 'Why?',
  votes: 3,
  at: 8,
};

step('room_edited', { by: 'ann', ...ABOUT }, ABOUT);
step('starts_soon', {}, {});
step('room_timed_out', {}, { state: 'timed_out', over_at: 20, hands: [], away: null }, [
  AWAY,
  RAISED,
]);
step('host_away', { until: 320 }, { away: { since: 20, until: 320 } });
step('host_back', { by: 'ann' }, { away: null }, [AWAY]);
step(
  'host_changed',
  { by: 'bea', member: 'bea' },
  {
    away: null,
    seats: [
      { ...HOST_SEAT, member: 'bea', handle: 'bea', name: 'bea', csrc: 8 },
      { ...HOST_SEAT, role: 'cohost' },
    ],
  },
  [TOOK_SEAT, AWAY],
);
step('speak_changed', { by: 'ann', speak: 'everyone' }, { speak: 'everyone' });
step('lock_changed', { by: 'ann', locked: true }, { locked: true });
step('member_removed', { by: 'ann', member: 'bea' }, {});
step('member_blocked', { by: 'ann', member: 'bea' }, {});
step('member_unblocked', { by: 'ann', member: 'bea' }, {});
step(
  'captions_consent',
  { member: 'ann', captions: true },
  { seats: [{ ...HOST_SEAT, captions: true }] },
);
step(
  'post_pinned',
  { by: 'ann', pin: 'p2', text: 'Ho', url: '' },
  {
    pins: [
      { pin: 'p1', member: 'ann', text: 'Hi', url: 'https://a.b/', at: 7 },
      { pin: 'p2', member: 'ann', text: 'Ho', url: '', at: 20 },
    ],
  },
  [PINNED],
);
step('post_unpinned', { by: 'ann', pin: 'p1' }, { pins: [] }, [PINNED]);
step(
  'hand_raised',
  { person: person('dan') },
  { hands: [person('cat', 'cat'), person('dan', 'dan')] },
  [RAISED],
);
step('hand_lowered', { by: 'ann', member: 'cat' }, { hands: [] }, [RAISED]);
step('question_picked', { ...PICKED, at: 20 }, { picked: { ...picked, at: 20 } });
step('question_answered', { by: 'ann', question: 'q1' }, { picked: null, answered: [picked] }, [
  PICKED,
]);
const BROKEN = {
  type: 'record_broken',
  at: 9,
  record: 'overall',
  title: 'Most listened-to',
  listeners: 11,
  before: { title: 'Before', listeners: 10, at: 3, room: null },
};
const broken = {
  kind: 'record',
  key: 'overall',
  title: 'Most listened-to',
  listeners: 11,
  member: '',
  name: '',
  before_title: 'Before',
  before_listeners: 10,
  at: 9,
};
const made = {
  kind: 'first',
  key: 'host',
  title: 'First to host',
  listeners: null,
  member: 'ann',
  name: 'Ann',
  before_title: '',
  before_listeners: null,
  at: 20,
};
step('record_broken', { ...BROKEN, at: 20 }, { honours: [{ ...broken, at: 20 }] });
step(
  'first_made',
  { first: 'host', title: 'First to host', member: 'ann', name: 'Ann' },
  { honours: [broken, made] },
  [BROKEN],
);

test('there is a step for every type of event', () => {
  assert.deepEqual(Object.keys(STEPS).sort(), [...EVENT_TYPES].sort());
});

for (const [type, { before, event, expect }] of Object.entries(STEPS)) {
  test(`${type} changes what the protocol says`, () => {
    const room = fold(...before);
    const kept = structuredClone(room);
    const after = applyEvent(room, event);
    for (const [key, value] of Object.entries(expect)) assert.deepEqual(after[key], value, key);
    assert.deepEqual(room, kept, 'the room handed in is not changed');
    const untouched = Object.keys(kept ?? {}).filter((key) => !(key in expect) && key !== 'number');
    for (const key of untouched) assert.deepEqual(after[key], kept[key], key);
  });
}

test('the rules of early 2021 know no co-hosts, and other reactions', () => {
  const room = applyEvent(null, { ...CREATED, rules: '2021h1' });
  assert.deepEqual([room.speaker_places, room.cohost_places], [10, 0]);
  assert.deepEqual(room.reactions, ['💯', '✋', '✊', '✌️', '👋']);
});

test('a room remembers the last fifty lines', () => {
  let room = fold(CREATED);
  for (let n = 1; n <= 60; n += 1) {
    room = applyEvent(room, {
      type: 'line_said',
      at: n,
      member: 'ann',
      text: `${n}`,
      language: 'en',
    });
  }
  assert.equal(room.captions.length, 50);
  assert.equal(room.captions[0].text, '11');
});

test('asking or being invited again keeps one place', () => {
  const asked = { type: 'speak_requested', at: 1, person: person('bea') };
  const invited = (expires_at) => ({
    type: 'member_invited',
    at: 1,
    by: 'ann',
    member: 'bea',
    role: 'speaker',
    expires_at,
  });
  const room = fold(CREATED, asked, asked, invited(9), invited(19));
  assert.equal(room.requests.length, 1);
  assert.deepEqual(room.invitations, [{ member: 'bea', role: 'speaker', expires_at: 19 }]);
});

test('an unknown event counts, and changes nothing else', () => {
  const room = fold(CREATED);
  for (const type of ['room_renamed', 'toString', '__proto__']) {
    assert.deepEqual(applyEvent(room, { type, at: 9 }), { ...room, number: 2 });
  }
});

test('another handoff than the one that stands is not touched', () => {
  const room = fold(CREATED, OFFERED);
  const after = applyEvent(room, { type: 'handoff_begun', at: 15, handoff: 'h0' });
  assert.deepEqual(after.handoff, room.handoff);
});

test('whoever has no seat is a listener', () => {
  const room = fold(CREATED);
  assert.equal(roleOf(room, 'ann'), 'host');
  assert.equal(roleOf(room, 'bea'), 'listener');
});

test('a room is over once it ended, was canceled, or timed out', () => {
  const room = fold(CREATED);
  const over = ['scheduled', 'live', 'ended', 'canceled', 'timed_out'].map((state) =>
    isOver({ ...room, state }),
  );
  assert.deepEqual(over, [false, false, true, true, true]);
});
