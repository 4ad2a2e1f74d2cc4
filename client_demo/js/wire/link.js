/**
 * A WebSocket that comes back: dials, says hello, matches replies to what was asked by `ref`, keeps
 * the server's clock, notices silence, and dials again, at one node or another, with growing
 * patience. It knows nothing of rooms; `protocol.js` does. No DOM.
 */

import { ServerClock } from './clock.js';
import { Doors } from './doors.js';

const PING_SECONDS = 3;
const SILENCE_SECONDS = 9;
/** How long one of several nodes may take to answer at all. */
const DIAL_SECONDS = 4;

/** Codes after which dialling again is worth it; any other one is final. */
const PASSING = new Set([
  'connection_lost',
  'rate_limited',
  'slow_consumer',
  'hello_expected',
  'server_full',
  'store_unavailable',
  'shutting_down',
  'internal',
]);

const REPLIES = new Set(['ok', 'pong', 'media_answer', 'welcome']);

/** Why the server did not do what it was asked: a stable code, and a sentence for people. */
export class Refusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @type {{now: () => number, set: (run: () => void, seconds: number) => any, clear: Function}} */
export const BROWSER_TIME = {
  now: () => performance.now() / 1000,
  set: (run, seconds) => setTimeout(run, seconds * 1000),
  clear: (timer) => clearTimeout(timer),
};

export class Link {
  clock = new ServerClock();

  #doors;
  #sockets;
  #time;
  #owner;
  #socket = null;
  #ref = 0;
  /** @type {Map<number, {resolve: Function, reject: Function, sent: number}>} */
  #waiting = new Map();
  #retry = null;
  #watch = null;
  #heard = 0;
  /** Whether this socket was welcomed. */
  #welcomed = false;
  /** @type {{code: string, message: string}|null} what the server said before it closed */
  #closing = null;

  /**
   * @param {string} url
   * @param {{hello: () => object, message: (message: any) => void, lost: () => void,
   *   over: (why: {code: string, message: string}) => void}} owner `hello` makes the first message;
   *   `lost` is told when the link broke and will come back, `over` when it will not
   * @param {any} sockets a WebSocket class
   * @param {typeof BROWSER_TIME} time its `now` is monotonic, in seconds
   */
  constructor(url, owner, sockets, time) {
    this.#doors = new Doors(url);
    this.#owner = owner;
    this.#sockets = sockets;
    this.#time = time;
  }

  /** The server's time now, seconds since the Unix epoch. */
  get serverNow() {
    return this.#time.now() + this.clock.offset;
  }

  /** The address that is dialled, or was last. */
  get url() {
    return this.#doors.at;
  }

  /** Open a socket and say hello on it. */
  dial() {
    const socket = new this.#sockets(this.#doors.at);
    this.#socket = socket;
    this.#welcomed = false;
    this.#closing = null;
    this.#heard = this.#time.now();
    this.#keepWatch();
    socket.onopen = () => {
      if (socket !== this.#socket) return;
      this.ask(this.#owner.hello()).catch((refusal) => {
        if (!PASSING.has(refusal.code)) this.#finish(refusal);
      });
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(JSON.parse(data));
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost(this.#closing?.code === 'shutting_down');
    };
  }

  /**
   * Send a message and wait for its reply.
   *
   * @param {object} message
   * @returns {Promise<any>}
   * @throws {Refusal} what the server refused, or `connection_lost`
   */
  ask(message) {
    const ref = (this.#ref += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(ref, { resolve, reject, sent: this.#time.now() });
      this.#socket.send(JSON.stringify({ ref, ...message }));
    });
  }

  /**
   * Give this socket up for a new one, because something is missing from it.
   *
   * @param {boolean} gone the node does not answer: another one first, if there is one
   */
  again(gone = false) {
    this.#drop(4000);
    this.#lost(gone);
  }

  /** Close for good. */
  close() {
    this.#drop(1000);
  }

  #receive(message) {
    this.#heard = this.#time.now();
    const waiting = this.#waiting.get(message.ref);
    if (waiting && message.now) this.clock.sample(message.now, waiting.sent, this.#heard);
    if (message.type === 'welcome') {
      this.#welcomed = true;
      this.#doors.settle();
    }
    if (message.type === 'closing') this.#closing = message;
    // A closing without them says nothing of nodes; any other message of these tells them all.
    if (message.nodes && (message.nodes.length || message.type !== 'closing')) {
      this.#doors.learn(message.nodes);
    }
    if (message.type === 'refused') {
      this.#waiting.delete(message.ref);
      waiting?.reject(new Refusal(message.code, message.message));
    } else if (REPLIES.has(message.type)) {
      this.#waiting.delete(message.ref);
      waiting?.resolve(message);
    }
    this.#owner.message(message);
  }

  /** Ask for the time now and then, and notice a socket that died without saying so. */
  #keepWatch() {
    this.#watch = this.#time.set(() => {
      const dialling = !this.#welcomed && this.#doors.several;
      const patience = dialling ? DIAL_SECONDS : SILENCE_SECONDS;
      if (this.#time.now() - this.#heard >= patience) {
        this.again(true);
        return;
      }
      if (this.#socket.readyState === 1) this.ask({ type: 'ping' }).catch(() => {});
      this.#keepWatch();
    }, PING_SECONDS);
  }

  #lost(gone) {
    if (this.#closing && !PASSING.has(this.#closing.code)) {
      this.#finish(this.#closing);
      return;
    }
    this.#drop();
    this.#retry = this.#time.set(() => this.dial(), this.#doors.next(gone));
    this.#owner.lost();
  }

  #finish({ code, message }) {
    if (!this.#socket) return;
    this.#drop(1000);
    this.#owner.over({ code, message });
  }

  #drop(code) {
    const socket = this.#socket;
    this.#socket = null;
    this.#time.clear(this.#watch);
    this.#time.clear(this.#retry);
    if (socket && code) socket.close(code);
    const broken = new Refusal('connection_lost', 'The connection broke before the answer came.');
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(broken);
  }
}
