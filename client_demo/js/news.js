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
};

/** Event type to the sentence for everybody but its author. */
const FOR_ALL = {
  room_opened: () => 'The room is live.',
  handoff_canceled: () => 'The handoff was called off. Everybody stays here.',
};

/**
 * @param {any} event
 * @param {string} me
 * @returns {string} empty if there is nothing to say
 */
export function newsOf(event, me) {
  const about = event.member ?? event.seat?.person.member;
  if (about === me && Object.hasOwn(FOR_ME, event.type)) return FOR_ME[event.type](event, me) || '';
  if (event.by !== me && Object.hasOwn(FOR_ALL, event.type)) return FOR_ALL[event.type]();
  return '';
}
