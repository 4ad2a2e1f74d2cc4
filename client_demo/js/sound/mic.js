/** The microphone as its owner means it: in the room, and in this browser. */

/** Whether the room takes my voice, but from another browser of mine. */
export const elsewhere = ({ session, sound }) =>
  Boolean(session.seat && !session.seat.muted && !sound.sending);

/**
 * Open it here if it is closed, or open elsewhere; otherwise close it.
 *
 * @param {{session: import('../wire/protocol.js').Session, sound: import('./sound.js').Sound}} here
 * @throws {import('../wire/link.js').Refusal} there is no microphone, or the room does not let me
 */
export async function toggleMic({ session, sound }) {
  if (session.seat.muted || elsewhere({ session, sound })) {
    await sound.openMic();
    if (session.seat?.muted) await session.send('unmute');
  } else {
    await session.send('mute');
  }
}
