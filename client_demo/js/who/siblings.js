/** The other rooms of a show that its audience could be handed to. */

import * as api from '../wire/api.js';

/** As many as a server lists at one time. */
const MOST = 500;

/**
 * @param {import('../wire/types.js').Room} room
 * @returns {Promise<import('../wire/types.js').RoomSummary[]>} not over, live ones first
 */
export async function siblingsOf(room) {
  const all = await api.rooms({ state: ['live', 'scheduled'], limit: MOST });
  return all.filter((one) => one.room.show === room.show && one.room.room !== room.room);
}

/** Whether somebody may open that room. */
export const mayOpen = ({ room }, member) =>
  room.state === 'scheduled' && room.seats[0]?.member === member;
