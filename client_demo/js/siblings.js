/** The other rooms of a show that its audience could be handed to. */

import * as api from './api.js';

/**
 * @param {import('./types.js').Room} room
 * @returns {Promise<import('./types.js').RoomSummary[]>} not over, live ones first
 */
export async function siblingsOf(room) {
  const all = await api.rooms();
  return all.filter(
    (one) =>
      one.room.show === room.show &&
      one.room.room !== room.room &&
      ['live', 'scheduled'].includes(one.room.state),
  );
}

/** Whether somebody may open that room. */
export const mayOpen = ({ room }, member) =>
  room.state === 'scheduled' && room.seats[0]?.member === member;
