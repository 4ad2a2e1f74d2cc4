/**
 * Who is heard now. The sound itself says it in time, by the contributing sources of its packets;
 * where the browser cannot tell, the server's `speaking` messages do. Pure: time is an argument.
 *
 * @import {Seat} from '../wire/types.js'
 */

/** A voice is over when no packet has named it for this long, seconds. */
const HOLD_SECONDS = 0.35;
/** Where a level is not known: about a normal speaking voice, dBov. */
const USUAL_LEVEL = 30;

export class SpeakingMeter {
  /** @type {Map<number, {stamp: number, at: number, level: number|undefined}>} by CSRC */
  #heard = new Map();
  #works = false;

  /** Another room, or another peer connection: what was heard before names nobody here. */
  reset() {
    this.#heard.clear();
    this.#works = false;
  }

  /**
   * Take in what `getContributingSources()` returned.
   *
   * @param {{source: number, timestamp: number, audioLevel?: number}[]} sources
   * @param {number} now seconds
   */
  observe(sources, now) {
    for (const { source, timestamp, audioLevel } of sources) {
      const before = this.#heard.get(source);
      // Browsers differ in what the timestamp counts from, so only its moving is believed.
      if (before?.stamp === timestamp) continue;
      const at = before ? now : -Infinity;
      this.#heard.set(source, { stamp: timestamp, at, level: audioLevel });
      if (before) this.#works = true;
    }
  }

  /**
   * @param {Seat[]} seats
   * @param {Record<string, number>} told the server's levels, dBov by member
   * @param {string} me whose own voice is never in what they hear
   * @param {number} now seconds
   * @returns {Map<string, number>} member to loudness, 0 to 1
   */
  levels(seats, told, me, now) {
    const found = new Map();
    for (const { member, csrc, muted } of seats) {
      if (muted) continue;
      const source = this.#heard.get(csrc);
      if (this.#works && member !== me) {
        if (!source || now - source.at > HOLD_SECONDS) continue;
        found.set(member, source.level ? Math.min(1, source.level * 3) : loudness(told[member]));
      } else if (member in told) {
        found.set(member, loudness(told[member]));
      }
    }
    return found;
  }
}

/** dBov (0 loudest, 127 silence) as 0 to 1, 60 dB wide. */
export const loudness = (level = USUAL_LEVEL) => Math.min(1, Math.max(0, 1 - level / 60));
