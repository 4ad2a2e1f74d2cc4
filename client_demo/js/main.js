/**
 * The page: which view stands, by the address; who is on the line; the notice. Views do the rest.
 *
 * @import {Identity} from './identity.js'
 */

import * as api from './api.js';
import { show, text } from './dom.js';
import { makeEnter } from './enter.js';
import { makeLobby } from './lobby.js';
import { Session } from './protocol.js';
import { makeRoomView } from './room.js';
import { Sound } from './sound.js';
import { toast, toastError } from './toast.js';

const holder = document.getElementById('view');
const audio = /** @type {HTMLAudioElement} */ (document.getElementById('sound'));

/** @typedef {{node: HTMLElement, title: string, destroy: () => void}} View */

/** What views may ask of the page. */
export class App {
  /** @type {import('./types.js').ServerInfo|null} */
  server = null;
  /** Resolves when the server has been asked, whether it answered or not. */
  serverKnown;
  /** @type {Session|null} */
  session = null;
  /** @type {Sound|null} */
  sound = null;
  /** @type {View|null} */
  #view = null;

  constructor() {
    this.serverKnown = this.#ask();
    addEventListener('popstate', () => this.#route());
    document.addEventListener('click', (event) => this.#click(event));
    this.#route();
  }

  /** Go to an address of this page. */
  navigate(path) {
    if (path !== location.pathname) history.pushState(null, '', path);
    this.#route();
  }

  /** The address and title changed under the view's feet: a handoff. */
  replace(path, title) {
    history.replaceState(null, '', path);
    document.title = title;
  }

  /**
   * Come into a room. Called from a click, which is what lets the browser play sound.
   *
   * @param {string} room
   * @param {Identity} me
   */
  enter(room, me) {
    const path = `/room/${encodeURIComponent(room)}`;
    if (path !== location.pathname) history.pushState(null, '', path);
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
    const link = event.target.closest?.('a[href^="/"]');
    if (!link) return;
    event.preventDefault();
    this.navigate(link.getAttribute('href'));
  }

  #route() {
    this.#hangUp();
    const found = /^\/room\/([^/]+)\/?$/.exec(location.pathname);
    this.#show(found ? makeEnter(this, decodeURIComponent(found[1])) : makeLobby(this));
  }

  #show(view) {
    this.#view?.destroy();
    this.#view = view;
    document.title = view.title;
    holder.replaceChildren(view.node);
    scrollTo(0, 0);
  }

  #hangUp() {
    const { session, sound } = this;
    this.session = this.sound = null;
    sound?.close();
    session?.leave().catch(toastError);
  }

  async #ask() {
    try {
      this.server = await api.server();
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
