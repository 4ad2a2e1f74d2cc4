/** A WebSocket and a clock that tests move by hand: nothing here waits for real time. */

import { Session } from '../../client_demo/js/wire/protocol.js';

export function makeTime(start = 0) {
  const due = new Map();
  let now = start;
  let last = 0;
  return {
    now: () => now,
    set: (run, seconds) => {
      last += 1;
      due.set(last, { at: now + seconds, run });
      return last;
    },
    clear: (timer) => due.delete(timer),
    /** Let time pass; whatever falls due runs in order. */
    pass(seconds) {
      const end = now + seconds;
      for (;;) {
        const next = [...due].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
        if (!next) break;
        due.delete(next[0]);
        now = next[1].at;
        next[1].run();
      }
      now = end;
    },
  };
}

export function makeSockets() {
  const made = [];
  class FakeSocket {
    readyState = 0;
    sent = [];
    closedWith = null;

    constructor(url) {
      this.url = url;
      made.push(this);
    }

    send(text) {
      if (this.readyState === 0) throw new Error('not open yet');
      this.sent.push(JSON.parse(text));
    }

    close(code) {
      this.closedWith = code;
      this.readyState = 3;
    }

    /** What the far side does. */
    accept() {
      this.readyState = 1;
      this.onopen();
    }

    tell(message) {
      this.onmessage({ data: JSON.stringify(message) });
    }

    break(code = 1006) {
      this.readyState = 3;
      this.onclose({ code });
    }
  }
  return { FakeSocket, made };
}

export function makeRoom(fields = {}) {
  return {
    room: 'after',
    show: 'evening',
    kind: 'space',
    title: 'After party',
    rules: 'current',
    language: 'ko',
    state: 'live',
    created_at: 1,
    scheduled_for: null,
    opened_at: 2,
    over_at: null,
    number: 5,
    simulated: false,
    speaker_places: 10,
    cohost_places: 2,
    seats: [
      {
        member: 'ann',
        handle: 'ann',
        name: 'Ann',
        role: 'host',
        muted: true,
        csrc: 7,
        captions: false,
      },
    ],
    requests: [],
    invitations: [],
    captions: [],
    handoff: null,
    description: '',
    topics: [],
    hashtag: '',
    speak: 'invited',
    locked: false,
    recording: false,
    series: null,
    waiting: 'silence',
    pins: [],
    hands: [],
    away: null,
    picked: null,
    answered: [],
    reactions: ['💯'],
    ...fields,
  };
}

export const COUNTS = {
  participants: 1,
  listeners: 1,
  peak: 1,
  tuned_in: 1,
  plays: 0,
  simulated: 0,
  peak_simulated: 0,
};

export function makeWelcome(ref, fields = {}) {
  return {
    type: 'welcome',
    ref,
    connection: 'c1',
    you: { member: 'bea', handle: 'bea', name: 'Bea', anonymous: false },
    role: 'listener',
    show: { show: 'evening', title: 'Evening', simulated: false, date: '', source: '', rooms: [] },
    room: makeRoom(),
    counts: COUNTS,
    resumed: false,
    sound: false,
    now: 1000,
    reactions: ['💯'],
    ...fields,
  };
}

/** A session and its far side. `join` answers the hello of the newest socket. */
export function makeSession() {
  const time = makeTime();
  const { FakeSocket, made } = makeSockets();
  const session = new Session({
    url: 'ws://host/v1/ws',
    token: 'jwt',
    room: 'after',
    WebSocket: FakeSocket,
    time,
  });
  const heard = [];
  for (const type of ['state', 'event', 'room', 'moved', 'over', 'reactions', 'welcome']) {
    session.addEventListener(type, ({ detail }) => heard.push([type, detail]));
  }
  const socket = () => made.at(-1);
  const join = (fields) => {
    socket().accept();
    socket().tell(makeWelcome(socket().sent.at(-1).ref, fields));
  };
  const of = (type) => heard.filter(([name]) => name === type).map(([, detail]) => detail);
  return { session, time, made, socket, join, of };
}

export const opened = (number, member, muted) => ({
  type: 'event',
  room: 'after',
  number,
  event: { type: 'mute_changed', at: 1, by: member, member, muted },
});
