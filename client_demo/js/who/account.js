/**
 * The account of this tab and its marks: whom it follows and has blocked, which rooms it waits for,
 * which series it follows. Kept as the server last said. No DOM.
 */

import * as api from '../wire/api.js';
import { current, identityChanges } from './identity.js';

/** Each list of marks and the request that changes it. */
const MARKS = {
  follows: api.follow,
  blocks: api.block,
  reminders: api.remind,
  series: api.followSeries,
};

/** An `EventTarget`: `change` when the account or any of its marks is another. */
export class Account extends EventTarget {
  /** @type {Record<keyof typeof MARKS, Set<string>>} */
  #marks = none();
  #token = '';
  /** How many marks were set or taken back here. */
  #sets = 0;

  constructor() {
    super();
    identityChanges.addEventListener('change', () => this.#look());
    this.#look();
  }

  /** Who is signed in; null for nobody, and for somebody anonymous. */
  get me() {
    const found = current();
    return found && !found.anonymous ? found : null;
  }

  /** @param {keyof typeof MARKS} list */
  has(list, id) {
    return this.#marks[list].has(id);
  }

  /** @param {keyof typeof MARKS} list @returns {string[]} */
  all(list) {
    return [...this.#marks[list]];
  }

  /**
   * Set a mark, or take it back.
   *
   * @param {keyof typeof MARKS} list
   * @param {string} id
   * @param {boolean} on
   * @throws {import('../wire/link.js').Refusal}
   */
  async set(list, id, on) {
    const { me } = this;
    if (!me) return;
    await MARKS[list](me.token, id, on);
    if (this.me?.token !== me.token) return;
    this.#sets += 1;
    if (on) this.#marks[list].add(id);
    else this.#marks[list].delete(id);
    this.#tell();
  }

  /** Ask the server again: another tab or device may have changed something. */
  async refresh() {
    const { me } = this;
    if (!me) return;
    const before = this.#sets;
    const found = await api.me(me.token);
    if (this.me?.token !== me.token) return;
    // What was asked before a mark was set may have been answered without it.
    if (this.#sets !== before) {
      await this.refresh();
      return;
    }
    for (const list of Object.keys(MARKS)) this.#marks[list] = new Set(found[list]);
    this.#tell();
  }

  #look() {
    const token = this.me?.token ?? '';
    if (token === this.#token) return;
    this.#token = token;
    this.#marks = none();
    this.#tell();
    this.refresh().catch((error) => {
      if (!error.code) throw error; // what is refused here is refused, and told, when it is asked for
    });
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}

const none = () => ({
  follows: new Set(),
  blocks: new Set(),
  reminders: new Set(),
  series: new Set(),
});
