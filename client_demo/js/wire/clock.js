/**
 * The server's clock, as far as this client can tell: a countdown must end for everybody at once,
 * whatever their own clocks say. Pure: the client's time comes in as an argument.
 */

const SAMPLES_KEPT = 8;

export class ServerClock {
  /** @type {{offset: number, trip: number}[]} */
  #samples = [];

  /**
   * Take in one reading of the server's clock.
   *
   * @param {number} now the server's time, seconds since the Unix epoch
   * @param {number} sent when it was asked for, seconds on the client's monotonic clock
   * @param {number} received when the answer came, on the same clock
   */
  sample(now, sent, received) {
    const trip = received - sent;
    this.#samples.push({ offset: now - (sent + received) / 2, trip });
    this.#samples = this.#samples.slice(-SAMPLES_KEPT);
  }

  /** Seconds to add to the client's clock: the reading with the shortest way is the best one. */
  get offset() {
    if (!this.#samples.length) return 0;
    return this.#samples.reduce((best, one) => (one.trip < best.trip ? one : best)).offset;
  }
}
