/**
 * What an event means to the person at this screen, as a sentence; nothing where the page shows it
 * anyway. Pure.
 */

/** Event type to the sentence for the member it is about. */
const FOR_ME = {
  request_dropped: (event, me) => event.by !== me && 'Your request to speak was declined.',
  invitation_dropped: (event, me) => event.by !== me && 'The invitation has run out.',
  seat_taken: () => 'You are on the stage. Your microphone is still closed.',
  seat_left: (event, me) =>
    event.by === me ? 'You are a listener again.' : 'A host made you a listener again.',
  mute_changed: (event, me) => event.muted && event.by !== me && 'A host closed your microphone.',
  hand_lowered: (event, me) => event.by !== me && 'A host lowered your hand.',
  host_changed: () => 'You host this room now.',
  question_picked: () => 'Your question is on the stage!',
};

const WHO_MAY_SPEAK = {
  everyone: 'Everyone may speak now.',
  followed: 'Whoever the host follows may speak now.',
  invited: 'Only those who are let onto the stage may speak now.',
};

/** Event type to the sentence for everybody but its author. */
const FOR_ALL = {
  room_opened: () => 'The room is live.',
  handoff_canceled: () => 'The handoff was called off. Everybody stays here.',
  host_back: () => 'The host is back.',
  host_changed: () => 'This room has another host now.',
  lock_changed: ({ locked }) =>
    locked ? 'The room is locked: nobody new comes in.' : 'The room is open to everybody again.',
  speak_changed: ({ speak }) => WHO_MAY_SPEAK[speak],
  starts_soon: () => 'It begins soon.',
};

/** What otherwise the room's own page alone shows, for whoever looks at another one. */
const UNSEEN = {
  member_invited: ({ member }, me) =>
    member === me && 'You are invited onto the stage: go back to the room to answer.',
  handoff_offered: () => 'The room is about to move: go back to it if you would rather stay.',
  host_away: () => 'The host is away, and the room waits for them.',
  record_broken: ({ title }) => `The room has broken a record: ${title}.`,
  first_made: ({ title, name }) => `${title}: ${name}.`,
};

/** @param {any} event @param {string} me @returns {string} empty if there is nothing to say */
export function unseenOf(event, me) {
  return (Object.hasOwn(UNSEEN, event.type) && UNSEEN[event.type](event, me)) || '';
}

/**
 * @param {any} event
 * @param {string} me
 * @returns {string} empty if there is nothing to say
 */
export function newsOf(event, me) {
  const about = event.member ?? (event.seat ?? event).person?.member;
  if (about === me && Object.hasOwn(FOR_ME, event.type)) return FOR_ME[event.type](event, me) || '';
  if (event.by !== me && Object.hasOwn(FOR_ALL, event.type)) return FOR_ALL[event.type](event);
  return '';
}
