/**
 * A room after one more event, as the protocol's table of events says. Pure: no DOM, no clock, and
 * the room handed in is never changed.
 *
 * @import {Room, Seat} from './types.js'
 */

const CAPTIONS_KEPT = 50;

/** Places beside the host, by the day's rules. Needed only to build a room from its first event. */
const PLACES = {
  '2021h1': { speaker_places: 10, cohost_places: 0 },
  current: { speaker_places: 10, cohost_places: 2 },
};

/** @returns {Seat} a seat as rooms show it, from a seat as events carry it */
function seatOf({ person, role, muted, csrc }) {
  const name = person.name || person.handle || 'Anonymous listener';
  return { member: person.member, handle: person.handle, name, role, muted, csrc };
}

function personOf(person) {
  return { ...person, name: person.name || person.handle || 'Anonymous listener' };
}

const without = (list, member) => list.filter((entry) => entry.member !== member);

/** The list with the entry in the place of that member's old one, or at its end. */
function placed(list, entry) {
  const known = list.some((old) => old.member === entry.member);
  return known ? list.map((old) => (old.member === entry.member ? entry : old)) : [...list, entry];
}

const over = (state, event) => ({ state, over_at: event.at, requests: [], invitations: [] });

const inPhase = (room, event, phase, tally = null) =>
  room.handoff?.handoff === event.handoff ? { handoff: { ...room.handoff, phase, tally } } : {};

/** Event type to what it changes of the room. */
const CHANGES = {
  room_created: (room, event) => ({
    room: event.room,
    show: event.show,
    kind: event.kind,
    title: event.title,
    rules: event.rules,
    language: event.language,
    state: 'scheduled',
    created_at: event.at,
    scheduled_for: event.scheduled_for,
    opened_at: null,
    over_at: null,
    simulated: room.simulated ?? false,
    ...(PLACES[event.rules] ?? PLACES.current),
    seats: event.seats.map(seatOf),
    requests: [],
    invitations: [],
    captions: [],
    handoff: null,
  }),
  room_opened: (room, event) => ({ state: 'live', opened_at: event.at }),
  room_canceled: (room, event) => over('canceled', event),
  room_ended: (room, event) => over('ended', event),
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
    seats: room.seats.map((seat) =>
      seat.member === event.member ? { ...seat, muted: event.muted } : seat,
    ),
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
      tally: null,
    },
  }),
  handoff_begun: (room, event) => inPhase(room, event, 'moving'),
  handoff_canceled: (room, event) => inPhase(room, event, 'canceled'),
  handoff_closed: (room, event) => inPhase(room, event, 'closed', event.tally),
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
 * @returns {import('./types.js').Role} whoever has no seat is a listener
 */
export function roleOf(room, member) {
  return room.seats.find((seat) => seat.member === member)?.role ?? 'listener';
}

/** @param {Room} room */
export const isOver = (room) => ['ended', 'canceled', 'timed_out'].includes(room.state);
