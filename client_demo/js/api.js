/**
 * REST: one function per request that this client makes. Errors are `Refusal`s, like those of the
 * WebSocket. Knows no DOM.
 *
 * @import {RecordEntry, Room, RoomSummary, ServerInfo, Show} from './types.js'
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

/** @returns {Promise<RoomSummary[]>} live, then scheduled, then over */
export const rooms = async () => (await call('GET', '/rooms')).rooms;

/** @returns {Promise<RoomSummary>} */
export const room = (id) => call('GET', `/rooms/${name(id)}`);

/** @param {number} limit @returns {Promise<RecordEntry[]>} the highest counts first */
export const records = async (limit) => (await call('GET', `/records?limit=${limit}`)).records;

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
