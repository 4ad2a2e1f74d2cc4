/**
 * Who this browser tab is: the handle and name a person chose, and the token that goes with them.
 * Kept in sessionStorage, so that a reload stays the same member and another tab may be somebody
 * else.
 */

import * as api from '../wire/api.js';
import { Refusal } from '../wire/link.js';

const KEY = 'afterparty.identity';
const LAST = 'afterparty.last-name';
const SPARE_SECONDS = 60;

/**
 * @typedef {{token: string, member: string, handle: string, name: string, anonymous: boolean,
 *   expires_at: number}} Identity
 */

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** @returns {Identity|null} who this tab is, if the token is still good */
export function current() {
  const found = read(sessionStorage, KEY);
  return found && found.expires_at - SPARE_SECONDS > Date.now() / 1000 ? found : null;
}

/** @returns {{handle: string, name: string}} what was typed the last time, in any tab */
export const lastTyped = () => read(localStorage, LAST) ?? { handle: '', name: '' };

/** Tells `change` when this tab becomes somebody else. */
export const identityChanges = new EventTarget();

const tellChange = () => identityChanges.dispatchEvent(new Event('change'));

export function forget() {
  sessionStorage.removeItem(KEY);
  tellChange();
}

function keep(identity) {
  sessionStorage.setItem(KEY, JSON.stringify(identity));
  tellChange();
  return identity;
}

/**
 * Be an account, on a server in development mode.
 *
 * @param {string} typed with or without the at sign
 * @param {string} name
 * @returns {Promise<Identity>}
 * @throws {Refusal}
 */
export async function signIn(typed, name) {
  const handle = typed.trim().replace(/^@/, '');
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(handle)) {
    throw new Refusal('bad_handle', 'A handle has 1 to 64 letters, digits, _, . and -.');
  }
  const known = current();
  if (known && known.handle === handle && known.name === name.trim()) return known;
  const shown = name.trim().slice(0, 50);
  const made = await api.token({ handle, name: shown, grants: ['host'] });
  localStorage.setItem(LAST, JSON.stringify({ handle, name: shown }));
  return keep({ ...made, handle, name: shown, anonymous: false });
}

/** @returns {Promise<Identity>} the same nobody as before, while the token is good */
export async function anonymous() {
  const known = current();
  if (known?.anonymous) return known;
  return keep({ ...(await api.token({})), handle: '', name: '', anonymous: true });
}

/**
 * Be whom a token from the server's operator stands for. The server judges the token; what it says
 * is read here only to be shown.
 *
 * @param {string} token
 * @returns {Identity}
 * @throws {Refusal}
 */
export function withToken(token) {
  try {
    const part = token.trim().split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return keep({
      token: token.trim(),
      member: claims.sub,
      handle: claims.handle ?? '',
      name: claims.name ?? '',
      anonymous: Boolean(claims.anon),
      expires_at: claims.exp,
    });
  } catch {
    throw new Refusal('bad_token', 'That is not an access token.');
  }
}
