/**
 * REST: one function per request that this client makes. Errors are `Refusal`s, like those of the
 * WebSocket. Knows no DOM.
 *
 * @import {Clip, MyAccount, Notice, Recording, RecordEntry, RoomSummary, Season, SeasonBook,
 *   Series, SeriesSummary, ServerInfo, Show} from './types.js'
 */

import { Refusal } from './link.js';

/** Another node of the server, where to read if the one that this page came from is gone. */
let another = '';

/** @param {string} socket the address of a node's WebSocket */
export function readAlsoAt(socket) {
  const { origin } = new URL(socket.replace(/^ws/, 'http'));
  another = origin === location.origin ? '' : origin;
}

async function reach(path, options) {
  try {
    return await fetch(`/v1${path}`, options);
  } catch (error) {
    if (options.method !== 'GET' || !another) throw error;
    return fetch(`${another}/v1${path}`, options);
  }
}

/** @param {string} method @param {string} path @param {{token?: string, body?: object}} [options] */
async function call(method, path, { token, body } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json' };
  if (body) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  let reply;
  try {
    reply = await reach(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refusal('offline', 'The server cannot be reached.');
  }
  const found = await reply.json().catch(() => ({}));
  if (!reply.ok) {
    const sentence = found.detail || found.title || `The server answered ${reply.status}.`;
    throw new Refusal(found.code ?? 'internal', sentence);
  }
  return found;
}

const name = encodeURIComponent;

/** @returns {Promise<ServerInfo>} */
export const server = () => call('GET', '/server');

/** What is set of these fields, as a query string; a list is a field several times. */
function query(fields) {
  const set = Object.entries(fields)
    .flatMap(([key, value]) => [value].flat().map((one) => [key, one]))
    .filter(([, value]) => value !== '' && value !== undefined);
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

/**
 * @param {{q?: string, state?: string[], kind?: string, topic?: string, host?: string,
 *   limit?: number}} [search]
 * @returns {Promise<RoomSummary[]>} live, then scheduled, then over
 */
export const rooms = async (search = {}) => (await call('GET', `/rooms${query(search)}`)).rooms;

/** @returns {Promise<RoomSummary>} */
export const room = (id) => call('GET', `/rooms/${name(id)}`);

/** @param {number} limit @returns {Promise<RecordEntry[]>} the highest counts first */
export const records = async (limit) => (await call('GET', `/records?limit=${limit}`)).records;

/** @returns {Promise<Season[]>} the newest first */
export const seasons = async () => (await call('GET', '/seasons')).seasons;

/** @param {string} id @param {{at?: number, limit?: number}} [when] @returns {Promise<SeasonBook>} */
export const season = (id, when = {}) => call('GET', `/seasons/${name(id)}${query(when)}`);

/** @param {string} [after] @returns {Promise<Show[]>} a page, the newest first, after that show */
export const shows = async (after) =>
  (await call('GET', after ? `/shows?after=${name(after)}` : '/shows')).shows;

/**
 * A token from a server in development mode; without `handle`, for somebody anonymous.
 *
 * @param {{handle?: string, name?: string, grants?: string[]}} request
 * @returns {Promise<{token: string, member: string, expires_at: number}>}
 */
export const token = (request) => call('POST', '/token', { body: request });

/** @returns {Promise<Show>} */
export const createShow = (bearer, body) => call('POST', '/shows', { token: bearer, body });

/** @returns {Promise<RoomSummary>} */
export const createRoom = (bearer, show, body) =>
  call('POST', `/shows/${name(show)}/rooms`, { token: bearer, body });

/** One room command, for a room that this client is not in. */
export const command = (bearer, id, type, fields = {}) =>
  call('POST', `/rooms/${name(id)}/commands`, { token: bearer, body: { type, ...fields } });

/**
 * Who is in a room, roles first; `q` narrows it.
 *
 * @returns {Promise<{guests: {member: string, handle: string, name: string, role: string,
 *   hand: boolean}[], listed: number, anonymous: number, more: number}>}
 */
export const guests = (bearer, id, q = '') =>
  call('GET', `/rooms/${name(id)}/guests${query({ q })}`, { token: bearer });

/**
 * What was done in a room, for those who moderate it; the oldest first.
 *
 * @returns {Promise<{number: number, at: number, by: string, what: string, member: string|null,
 *   detail: string}[]>}
 */
export async function audit(bearer, id) {
  const found = [];
  for (let after = 0; after !== null;) {
    const path = `/rooms/${name(id)}/audit?after=${after}&limit=1000`;
    const { entries, next } = await call('GET', path, { token: bearer });
    found.push(...entries);
    after = next;
  }
  return found;
}

/** Tell whoever runs the server about a room, or about a member of it. */
export const report = (bearer, id, reason, member) =>
  call('POST', `/rooms/${name(id)}/reports`, { token: bearer, body: { reason, member } });

/** Take a question back, or away. */
export const hideQuestion = (bearer, id, question) =>
  call('DELETE', `/rooms/${name(id)}/questions/${name(question)}`, { token: bearer });

/** @returns {Promise<MyAccount>} whom and what this account follows, blocks, waits for */
export const me = (bearer) => call('GET', '/me', { token: bearer });

/** A mark of this account, set or taken back. */
const mark = (list) => (bearer, id, on) =>
  call(on ? 'PUT' : 'DELETE', `/me/${list}/${name(id)}`, { token: bearer });

export const follow = mark('follows');
export const block = mark('blocks');
export const remind = mark('reminders');
export const followSeries = mark('series');

/** @param {string} [after] the last notice known @returns {Promise<Notice[]>} */
export const notices = async (bearer, after = '') =>
  (await call('GET', `/me/notices${query({ after })}`, { token: bearer })).notices;

/** @returns {Promise<SeriesSummary[]>} the newest first */
export const seriesList = async () => (await call('GET', '/series')).series;

/** @returns {Promise<Series>} */
export const series = (id) => call('GET', `/series/${name(id)}`);

/** @returns {Promise<SeriesSummary>} */
export const createSeries = (bearer, body) => call('POST', '/series', { token: bearer, body });

/** @returns {Promise<Recording>} */
export const recording = (id) => call('GET', `/rooms/${name(id)}/recording`);

/**
 * Where the sound of a recording is.
 *
 * @param {number} start how much of its beginning is left out: so much less is another sound
 */
export const recordingSound = (id, start) =>
  `/v1/rooms/${name(id)}/recording.ogg${query({ start })}`;

/** @param {number} start how much of its true beginning is left out, seconds */
export const moveStart = (bearer, id, start) =>
  call('PATCH', `/rooms/${name(id)}/recording`, { token: bearer, body: { start } });

export const deleteRecording = (bearer, id) =>
  call('DELETE', `/rooms/${name(id)}/recording`, { token: bearer });

/** This member plays the recording: counted once. */
export const played = (bearer, id) =>
  call('POST', `/rooms/${name(id)}/recording/plays`, { token: bearer });

/** @returns {Promise<Clip[]>} */
export const clips = async (id) => (await call('GET', `/rooms/${name(id)}/clips`)).clips;

/** @param {{start: number, seconds: number, title: string}} body @returns {Promise<Clip>} */
export const createClip = (bearer, id, body) =>
  call('POST', `/rooms/${name(id)}/clips`, { token: bearer, body });

/** @returns {Promise<Clip>} */
export const clip = (id) => call('GET', `/clips/${name(id)}`);

export const deleteClip = (bearer, id) => call('DELETE', `/clips/${name(id)}`, { token: bearer });
