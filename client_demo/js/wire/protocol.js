/**
 * One member's connection to one room: the WebSocket side of the protocol, without any DOM.
 *
 * A `Session` keeps the room's state by applying numbered events, notices what is missing or told
 * twice, resumes after a drop, follows a handoff into the other room, and tells what happened. It
 * must not touch sound or the page.
 *
 * @import {Counts, Person, Questions, Role, Room, Show} from './types.js'
 */

import { applyEvent, roleOf } from '../pure/evolution.js';
import { BROWSER_TIME, Link, Refusal } from './link.js';

export { Refusal };

/** @type {Questions} */
const NO_QUESTIONS = Object.freeze({ total: 0, questions: [] });

/**
 * An `EventTarget`. Events and their `detail`: `state` (the state), `welcome` (the message), `room`
 * (the room, whenever it changed), `event` ({number, event}), `counts` (all counts), `speaking`
 * (levels), `reactions` ([[member, reaction, times]], member "" for the audience as a whole),
 * `questions` (the most voted for, as `questions` holds them), `media_state` (the message), `moved`
 * ({handoff, from_room, role, room}), `over` ({code, message}: it will not come back by itself).
 */
export class Session extends EventTarget {
  /** @type {'idle'|'connecting'|'connected'|'reconnecting'|'closed'} */
  state = 'idle';
  /** @type {Person|null} */
  you = null;
  /** @type {Show|null} */
  show = null;
  /** @type {Room|null} */
  room = null;
  /** @type {Record<string, Counts>} by room, of this show */
  counts = {};
  /** @type {Record<string, number>} dBov by member, as the media plane last said */
  speaking = {};
  /** @type {Questions} what the audience of this room asks */
  questions = NO_QUESTIONS;
  /** @type {string|null} the id under which the server holds this connection */
  connection = null;

  #token;
  #target;
  #link;
  #seen = 0;
  #handlers = {
    welcome: (message) => this.#welcome(message),
    event: (message) => this.#event(message),
    counts: (message) => this.#counts(message),
    speaking: (message) => this.#speaking(message),
    reactions: (message) => this.#reactions(message),
    questions: (message) => this.#questions(message),
    media_state: (message) => this.#tell('media_state', message),
    moved: (message) => this.#moved(message),
  };

  /**
   * @param {{url: string, token: string, room: string, WebSocket?: any,
   *   time?: typeof BROWSER_TIME}} options
   */
  constructor({ url, token, room, WebSocket = globalThis.WebSocket, time = BROWSER_TIME }) {
    super();
    this.#token = token;
    this.#target = room;
    const owner = {
      hello: () => this.#hello(),
      message: (message) => this.#handlers[message.type]?.(message),
      lost: () => this.#enter(this.room ? 'reconnecting' : 'connecting'),
      over: (why) => this.#over(why),
    };
    this.#link = new Link(url, owner, WebSocket, time);
  }

  /** @returns {Role} */
  get role() {
    return this.room && this.you ? roleOf(this.room, this.you.member) : 'listener';
  }

  /** My own seat, if I have one. */
  get seat() {
    return this.room?.seats.find((seat) => seat.member === this.you?.member) ?? null;
  }

  /** The server's time now, seconds since the Unix epoch. */
  get serverNow() {
    return this.#link.serverNow;
  }

  /** The socket's address, which is another node's after one was lost. */
  get url() {
    return this.#link.url;
  }

  /** Connect, and stay connected until `leave`, `close`, or the server says that it is over. */
  connect() {
    if (this.state !== 'idle') return;
    this.#enter('connecting');
    this.#link.dial();
  }

  /**
   * Send a message and wait for its reply.
   *
   * @param {string} type
   * @param {object} [fields]
   * @returns {Promise<any>} the reply: `ok`, `pong`, or `media_answer`
   * @throws {Refusal} what the server refused; `offline` if there is no connection now,
   *   `connection_lost` if it broke before the reply came
   */
  async send(type, fields = {}) {
    if (this.state !== 'connected') {
      throw new Refusal('offline', 'Not connected just now. Trying again…');
    }
    return this.#link.ask({ type, ...fields });
  }

  /**
   * Leave the room for good.
   *
   * @param {string} [to] the co-host to whom a host leaves it
   * @throws {Refusal} only with `to`: the room is left to nobody, and the session goes on
   */
  async leave(to) {
    try {
      await this.send('leave', to ? { to } : {});
    } catch (error) {
      if (to) throw error;
      // Leaving cannot fail from where the person sits: the socket is closed either way.
    }
    this.close();
  }

  /** Close for good, without a word to the server but the close itself. */
  close() {
    if (this.state === 'closed') return;
    this.#link.close();
    this.#enter('closed');
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #enter(state) {
    if (this.state === state) return;
    this.state = state;
    this.#tell('state', state);
  }

  #over(why) {
    this.#enter('closed');
    this.#tell('over', why);
  }

  #hello() {
    const hello = { type: 'hello', token: this.#token, room: this.#target };
    if (!this.connection) return hello;
    return { ...hello, resume: this.#seen, connection: this.connection };
  }

  #welcome(message) {
    const before = this.room;
    const { you, show, room, role, connection } = message;
    Object.assign(this, { you, show, room, connection, speaking: {} });
    if (before?.room !== room.room) this.questions = NO_QUESTIONS;
    this.counts = { ...this.counts, [room.room]: message.counts };
    if (!message.resumed) this.#seen = room.number;
    this.#target = room.room;
    this.#enter('connected');
    this.#tell('welcome', message);
    if (before && before.room !== room.room) {
      // The handoff happened while the connection was down.
      const handoff = before.handoff?.handoff ?? '';
      this.#tell('moved', { handoff, from_room: before.room, role, room });
    }
    this.#tell('room', room);
  }

  #event({ room, number, event }) {
    if (!this.room || room !== this.room.room || number <= this.#seen) return;
    if (number !== this.#seen + 1) {
      this.#link.again();
      return;
    }
    this.#seen = number;
    // After a resume the snapshot holds already what is told again.
    if (number > this.room.number) this.room = applyEvent(this.room, event);
    this.#tell('event', { number, event });
    this.#tell('room', this.room);
  }

  #counts({ rooms }) {
    this.counts = { ...this.counts, ...rooms };
    this.#tell('counts', this.counts);
  }

  #speaking({ room, levels }) {
    if (room !== this.room?.room) return;
    this.speaking = levels;
    this.#tell('speaking', levels);
  }

  #reactions({ room, reactions }) {
    if (room === this.room?.room) this.#tell('reactions', reactions);
  }

  #questions({ room, total, questions }) {
    if (room !== this.room?.room) return;
    this.questions = { total, questions };
    this.#tell('questions', this.questions);
  }

  #moved({ handoff, from_room, role, room, counts }) {
    this.room = room;
    this.counts = { ...this.counts, [room.room]: counts };
    this.speaking = {};
    if (from_room !== room.room) this.questions = NO_QUESTIONS;
    this.#seen = room.number;
    this.#target = room.room;
    this.#tell('moved', { handoff, from_room, role, room });
    this.#tell('room', room);
  }
}
