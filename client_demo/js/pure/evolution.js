/**
 * A room after one more event, as the protocol's table of events says. Pure: no DOM, no clock, and
 * the room handed in is never changed.
 *
 * @import {Room, Seat} from '../wire/types.js'
 */

const CAPTIONS_KEPT = 50;
const ANSWERED_KEPT = 50;

/** What the day's rules allow. Needed only to build a room from its first event. */
const RULES = {
  '2021h1': {
    speaker_places: 10,
    cohost_places: 0,
    reactions: ['💯', '✋', '✊', '✌️', '👋'],
  },
  current: {
    speaker_places: 10,
    cohost_places: 2,
    reactions: ['😂', '😲', '😢', '💜', '💯', '👏', '✊', '👍', '👎', '👋'],
  },
};

const nameOf = (person) => person.name || person.handle || 'Anonymous listener';

/** @returns {Seat} a seat as rooms show it, from a seat as events carry it */
function seatOf({ person, role, muted, csrc, captions = false }) {
  const { member, handle } = person;
  return { member, handle, name: nameOf(person), role, muted, csrc, captions };
}

const personOf = (person) => ({ ...person, name: nameOf(person) });

/** What a room says of itself, which is edited as a whole. */
const about = (event) => ({
  title: event.title,
  description: event.description ?? '',
  topics: event.topics ?? [],
  hashtag: event.hashtag ?? '',
  language: event.language,
  scheduled_for: event.scheduled_for,
  recording: event.recording ?? false,
  waiting: event.waiting ?? 'silence',
});

const without = (list, member) => list.filter((entry) => entry.member !== member);

/** The list with the entry in the place of that member's old one, or at its end. */
function placed(list, entry) {
  const known = list.some((old) => old.member === entry.member);
  return known ? list.map((old) => (old.member === entry.member ? entry : old)) : [...list, entry];
}

const over = (state, event) => ({
  state,
  over_at: event.at,
  requests: [],
  invitations: [],
  hands: [],
  away: null,
});

/** The seats with that member's changed. */
const reseated = (room, member, change) =>
  room.seats.map((seat) => (seat.member === member ? { ...seat, ...change } : seat));

/** The seats with another host: the heir's first, who hosted before a co-host. */
function inherited(room, member) {
  const seats = reseated(room, member, { role: 'host' }).map((seat) =>
    seat.member !== member && seat.role === 'host' ? { ...seat, role: 'cohost' } : seat,
  );
  const heir = seats.filter((seat) => seat.member === member);
  return [...heir, ...without(seats, member)];
}

const inPhase = (room, event, phase, tally = null) =>
  room.handoff?.handoff === event.handoff ? { handoff: { ...room.handoff, phase, tally } } : {};

/** One honour more: a record that was broken, or a first that was made. */
const honoured = (room, honour) => ({
  honours: [
    ...(room.honours ?? []),
    { listeners: null, member: '', name: '', before_title: '', before_listeners: null, ...honour },
  ],
});

/** Event type to what it changes of the room. */
const CHANGES = {
  room_created: (room, event) => ({
    room: event.room,
    show: event.show,
    kind: event.kind,
    ...about(event),
    rules: event.rules,
    state: 'scheduled',
    created_at: event.at,
    opened_at: null,
    over_at: null,
    simulated: room.simulated ?? false,
    ...(RULES[event.rules] ?? RULES.current),
    seats: event.seats.map(seatOf),
    speak: event.speak ?? 'invited',
    series: event.series ?? null,
    locked: false,
    away: null,
    requests: [],
    invitations: [],
    captions: [],
    pins: [],
    hands: [],
    picked: null,
    answered: [],
    honours: [],
    handoff: null,
  }),
  room_edited: (room, event) => about(event),
  starts_soon: () => ({}),
  room_opened: (room, event) => ({ state: 'live', opened_at: event.at }),
  room_canceled: (room, event) => over('canceled', event),
  room_ended: (room, event) => over('ended', event),
  room_timed_out: (room, event) => over('timed_out', event),
  host_away: (room, event) => ({ away: { since: event.at, until: event.until } }),
  host_back: () => ({ away: null }),
  host_changed: (room, event) => ({ seats: inherited(room, event.member), away: null }),
  speak_changed: (room, event) => ({ speak: event.speak }),
  lock_changed: (room, event) => ({ locked: event.locked }),
  // What else they had is given up by events of their own; whom a room blocks it does not tell.
  member_removed: () => ({}),
  member_blocked: () => ({}),
  member_unblocked: () => ({}),
  speak_requested: (room, event) => ({ requests: placed(room.requests, personOf(event.person)) }),
  request_dropped: (room, event) => ({ requests: without(room.requests, event.member) }),
  member_invited: (room, event) => ({
    invitations: placed(room.invitations, {
      member: event.member,
      role: event.role,
      expires_at: event.expires_at,
    }),
  }),
  invitation_dropped: (room, event) => ({ invitations: without(room.invitations, event.member) }),
  seat_taken: (room, event) => {
    const seat = seatOf(event.seat);
    return {
      seats: placed(room.seats, seat),
      requests: without(room.requests, seat.member),
      invitations: without(room.invitations, seat.member),
    };
  },
  seat_left: (room, event) => ({ seats: without(room.seats, event.member) }),
  mute_changed: (room, event) => ({
    seats: reseated(room, event.member, { muted: event.muted }),
  }),
  captions_consent: (room, event) => ({
    seats: reseated(room, event.member, { captions: event.captions }),
  }),
  post_pinned: (room, { pin, by, text, url, at }) => ({
    pins: [...room.pins, { pin, member: by, text, url, at }],
  }),
  post_unpinned: (room, event) => ({ pins: room.pins.filter(({ pin }) => pin !== event.pin) }),
  hand_raised: (room, event) => ({ hands: placed(room.hands, personOf(event.person)) }),
  hand_lowered: (room, event) => ({ hands: without(room.hands, event.member) }),
  question_picked: (room, { question, person, text, votes, at }) => {
    const { member, handle } = person;
    return { picked: { question, member, handle, name: nameOf(person), text, votes, at } };
  },
  question_answered: (room) => ({
    picked: null,
    answered: [...room.answered, room.picked].slice(-ANSWERED_KEPT),
  }),
  line_said: (room, event) => ({
    captions: [
      ...room.captions,
      { member: event.member, text: event.text, language: event.language, at: event.at },
    ].slice(-CAPTIONS_KEPT),
  }),
  handoff_offered: (room, event) => ({
    handoff: {
      handoff: event.handoff,
      to_room: event.to_room,
      phase: 'offered',
      offered_at: event.at,
      moves_at: event.moves_at,
      then_end: event.then_end ?? false,
      tally: null,
    },
  }),
  handoff_begun: (room, event) => inPhase(room, event, 'moving'),
  handoff_canceled: (room, event) => inPhase(room, event, 'canceled'),
  handoff_closed: (room, event) => inPhase(room, event, 'closed', event.tally),
  record_broken: (room, { record, title, listeners, before, at }) =>
    honoured(room, {
      kind: 'record',
      key: record,
      title,
      listeners,
      before_title: before.title,
      before_listeners: before.listeners,
      at,
    }),
  first_made: (room, { first, title, member, name, at }) =>
    honoured(room, { kind: 'first', key: first, title, member, name, at }),
};

/** Every event type that this client knows. */
export const EVENT_TYPES = Object.keys(CHANGES);

/**
 * The room after the event. An unknown type changes nothing but the number, since clients ignore
 * what they do not know.
 *
 * @param {Room|null} room null before `room_created`
 * @param {{type: string, at: number}} event
 * @returns {Room}
 */
export function applyEvent(room, event) {
  const before = room ?? /** @type {Room} */ ({ number: 0 });
  const change = Object.hasOwn(CHANGES, event.type) ? CHANGES[event.type](before, event) : {};
  return { ...before, ...change, number: before.number + 1 };
}

/**
 * @param {Room} room
 * @param {string} member
 * @returns {import('../wire/types.js').Role} whoever has no seat is a listener
 */
export function roleOf(room, member) {
  return room.seats.find((seat) => seat.member === member)?.role ?? 'listener';
}

/** @param {Room} room */
export const isOver = (room) => ['ended', 'canceled', 'timed_out'].includes(room.state);
