/**
 * Where the server can be reached: one address at first, and those of its nodes once it tells them.
 * Says which to try next after a drop, and how long to wait before. No DOM, no sockets.
 */

const BACKOFF_SECONDS = [0.25, 0.5, 1, 2, 4, 8];
const HOP_SECONDS = 0.1;
const NODES_LIMIT = 64;

/** A node's address as that of its socket; null if it is none that may be dialled from `home`. */
function socketOf(node, home) {
  try {
    const url = new URL('/v1/ws', node);
    if (!/^https?:$/.test(url.protocol)) return null;
    url.protocol = url.protocol.replace('http', 'ws');
    // Nothing leads from an encrypted address to a plain one.
    return home.startsWith('wss:') && url.protocol === 'ws:' ? null : url.href;
  } catch {
    return null;
  }
}

export class Doors {
  /** Where the client is, or was last. */
  at;

  #home;
  /** @type {string[]} */
  #nodes = [];
  /** @type {string[]} what is left of this round of tries */
  #round = [];
  #rounds = 0;

  /** @param {string} home the first address, `ws://` or `wss://` */
  constructor(home) {
    this.#home = home;
    this.at = home;
  }

  /** Whether there is another address than the present one. */
  get several() {
    return this.#others().length > 0;
  }

  /** The server's nodes are these. @param {string[]} nodes `http(s)://` addresses */
  learn(nodes) {
    const found = nodes.slice(0, NODES_LIMIT).map((node) => socketOf(node, this.#home));
    this.#nodes = [...new Set(found.filter((url) => url !== null))];
  }

  /** The address that is tried has answered: the next drop begins anew. */
  settle() {
    this.#round = [];
    this.#rounds = 0;
  }

  /**
   * What to try next: the present address, then the others by chance, so that whoever lost the same
   * node does not come to the same other one.
   *
   * @param {boolean} gone the present address is known not to answer: it is tried last
   * @returns {number} after how many seconds; `at` is the address
   */
  next(gone) {
    let most = HOP_SECONDS;
    if (!this.#round.length) {
      most = BACKOFF_SECONDS[Math.min(this.#rounds, BACKOFF_SECONDS.length - 1)];
      const last = gone || this.#rounds > 0;
      this.#round = last ? [...this.#others(), this.at] : [this.at, ...this.#others()];
      this.#rounds += 1;
    }
    this.at = this.#round.shift();
    // Half of it by chance, lest a whole audience comes back in the same instant.
    return most * (0.5 + Math.random() / 2);
  }

  #others() {
    const found = this.#nodes.filter((url) => url !== this.at);
    found.sort(() => Math.random() - 0.5);
    if (this.#home !== this.at && !found.includes(this.#home)) found.push(this.#home);
    return found;
  }
}
