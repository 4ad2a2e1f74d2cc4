/**
 * The page: which view stands, by the address; who is on the line; the notice. Views do the rest.
 *
 * @import {Identity} from './who/identity.js'
 */

import { makeDock } from './dock.js';
import { makeEnter } from './lobby/enter.js';
import { makeLobby } from './lobby/lobby.js';
import { makeSeriesPage } from './lobby/series.js';
import { show, text } from './parts/dom.js';
import { toast, toastError } from './parts/toast.js';
import { makeRecordsPage } from './records/recordspage.js';
import { makeRoomView } from './room/room.js';
import { Sound } from './sound/sound.js';
import { makeClipPage } from './tape/clip.js';
import { makeRecordingPage } from './tape/recording.js';
import { Account } from './who/account.js';
import { makeAccountMenu } from './who/accountmenu.js';
import { makeBell } from './who/bell.js';
import { askWho } from './who/signin.js';
import * as api from './wire/api.js';
import { ServerClock } from './wire/clock.js';
import { Session } from './wire/protocol.js';

const holder = document.getElementById('view');
const audio = /** @type {HTMLAudioElement} */ (document.getElementById('sound'));

/** @typedef {{node: HTMLElement, title: string, destroy: () => void}} View */

/** The first part of an address that names something, and the page that shows it. */
const PAGES = {
  room: makeEnter,
  series: makeSeriesPage,
  recording: makeRecordingPage,
  clip: makeClipPage,
  records: makeRecordsPage,
};

/** Pages that name nothing as well. */
const ALONE = new Set(['records']);

/** Pages beside which a room may go on. */
const QUIET = new Set(['series', 'records']);

const pathOf = (room) => `/room/${encodeURIComponent(room)}`;

/** A name out of an address; one that nobody encoded stands for itself. @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const seconds = () => performance.now() / 1000;

/** What views may ask of the page. */
export class App {
  /** @type {import('./wire/types.js').ServerInfo|null} */
  server = null;
  /** Resolves when the server has been asked, whether it answered or not. */
  serverKnown;
  /** @type {Session|null} */
  session = null;
  /** @type {Sound|null} */
  sound = null;
  account = new Account();
  #clock = new ServerClock();
  /** @type {View|null} */
  #view = null;
  /** The view of the room that goes on while another page is looked at. @type {View|null} */
  #docked = null;
  #dock = makeDock(this);

  constructor() {
    this.serverKnown = this.#ask();
    document.body.append(this.#dock.node);
    document.getElementById('head').append(makeBell(this), makeAccountMenu(this));
    addEventListener('popstate', () => this.#route());
    document.addEventListener('click', (event) => this.#click(event));
    this.#route();
  }

  /** Go to an address of this page. */
  navigate(path) {
    if (path !== location.pathname + location.search) history.pushState(null, '', path);
    this.#route();
  }

  /** The server's time, as far as it is known; seconds since the Unix epoch. */
  get now() {
    return this.server ? seconds() + this.#clock.offset : Date.now() / 1000;
  }

  /**
   * Whoever is signed in, after asking if need be.
   *
   * @param {string} why what it is for
   * @returns {Promise<Identity|null>} null if the person would rather not
   */
  async signedIn(why) {
    await this.serverKnown;
    return this.account.me ?? askWho(Boolean(this.server?.dev), why);
  }

  /** The room is another one under the view's feet, or is called something else. */
  rename(room, title) {
    if (this.#docked) return;
    document.title = title;
    if (pathOf(room) !== location.pathname) history.replaceState(null, '', pathOf(room));
  }

  /** Look at the lobby while the room goes on. */
  minimise() {
    this.#docked = this.#view;
    this.#dock.open();
    this.navigate('/');
  }

  /** Back to the room that went on. */
  restore() {
    this.navigate(pathOf(this.session.room.room));
  }

  /** Leave the room, for the lobby. */
  leave() {
    this.#hangUp();
    this.navigate('/');
  }

  /**
   * Come into a room. Called from a click, which is what lets the browser play sound.
   *
   * @param {string} room
   * @param {Identity} me
   */
  enter(room, me) {
    if (pathOf(room) !== location.pathname) history.pushState(null, '', pathOf(room));
    this.#hangUp();
    const url = new URL('/v1/ws', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.session = new Session({ url: url.href, token: me.token, room });
    const { session } = this;
    session.addEventListener('welcome', () => api.readAlsoAt(session.url));
    this.sound = new Sound(session, audio);
    this.#show(makeRoomView(this, me));
    this.session.connect();
  }

  #click(event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey)
      return;
    const link = event.target.closest?.('a[href^="/"], a[href="#view"]');
    if (!link) return;
    event.preventDefault();
    // A change of the fragment alone would be told as another page, and that leaves the room.
    if (link.hash === '#view') holder.focus();
    else this.navigate(link.getAttribute('href'));
  }

  #route() {
    if (this.#docked && location.pathname === pathOf(this.session.room.room)) {
      const view = this.#docked;
      this.#undock();
      this.#show(view);
      this.rename(this.session.room.room, `${this.session.room.title} · Afterparty`);
      return;
    }
    const found = /^\/([a-z]+)(?:\/([^/]+))?\/?$/.exec(location.pathname);
    // Beside a docked room there is no other sound.
    if (!this.#docked || (found && !QUIET.has(found[1]))) this.#hangUp();
    const known = found && Object.hasOwn(PAGES, found[1]) && (found[2] || ALONE.has(found[1]));
    const named = found?.[2] && decoded(found[2]);
    this.#show(known ? PAGES[found[1]](this, named) : makeLobby(this));
  }

  #show(view) {
    if (this.#view !== this.#docked) this.#view?.destroy();
    this.#view = view;
    document.title = view.title;
    holder.replaceChildren(view.node);
    scrollTo(0, 0);
  }

  #undock() {
    this.#docked = null;
    this.#dock.close();
  }

  #hangUp() {
    const { session, sound } = this;
    this.#docked?.destroy();
    this.#undock();
    this.session = this.sound = null;
    sound?.close();
    // A host's leaving would end the room; going away only begins the time that it waits.
    if (session?.role === 'host' && session.room.state === 'live') session.close();
    else session?.leave().catch(toastError);
  }

  async #ask() {
    const sent = seconds();
    try {
      this.server = await api.server();
      this.#clock.sample(this.server.now, sent, seconds());
    } catch (error) {
      if (!error.code) throw error;
      toast(error.message, 'bad');
      return;
    }
    if (this.server.notice) text(document.getElementById('notice'), this.server.notice);
    show(document.getElementById('dev'), this.server.dev);
  }
}

const app = new App();

/** For looking inside, by hand and by tests. */
const inside = Object.freeze({
  get session() {
    return app.session;
  },
  get sound() {
    return app.sound;
  },
});
Object.assign(window, { afterparty: inside });
