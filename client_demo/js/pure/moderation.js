/**
 * What somebody may do to somebody else in a room, as the protocol's table says. Pure. The server
 * decides all the same: this only keeps from the page what would be refused.
 *
 * @import {Role, Room} from '../wire/types.js'
 */

/** Whom each role may act on. */
const MAY_ACT_ON = {
  host: ['cohost', 'speaker', 'listener'],
  cohost: ['speaker', 'listener'],
  speaker: [],
  listener: [],
};

/** @param {Role} mine @param {Role} theirs */
export const mayActOn = (mine, theirs) => MAY_ACT_ON[mine].includes(theirs);

/** @param {Role} role whether it may see requests, hands and the audit list */
export const moderates = (role) => role === 'host' || role === 'cohost';

/**
 * @typedef {'mute'|'demote'|'invite_speaker'|'invite_cohost'|'remove'|'block'|'report'} Deed
 * @param {Room} room
 * @param {{member: string, role: Role, anonymous: boolean}} me
 * @param {{member: string, role: Role, muted?: boolean}} other
 * @returns {Deed[]} in the order of a menu
 */
export function deedsOn(room, me, other) {
  if (me.member === other.member) return [];
  /** @type {Deed[]} */
  const deeds = [];
  if (mayActOn(me.role, other.role)) {
    if (other.role === 'listener') {
      deeds.push('invite_speaker');
      if (me.role === 'host' && room.cohost_places > 0) deeds.push('invite_cohost');
    } else {
      if (!other.muted) deeds.push('mute');
      deeds.push('demote');
    }
    deeds.push('remove', 'block');
  }
  if (!me.anonymous) deeds.push('report');
  return deeds;
}
