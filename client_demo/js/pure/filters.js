/**
 * What the lobby is asked for, as the address says it: so that a search can be kept, shared and
 * gone back to. Pure.
 *
 * @typedef {{q: string, state: string, kind: string, topic: string, host: string}} Filters
 */

/** How much of each the server takes. */
const LONGEST = { q: 100, topic: 30, host: 64 };

/** What can be asked for, and the states of rooms that it means. */
const STATES = {
  live: ['live'],
  scheduled: ['scheduled'],
  over: ['ended', 'timed_out', 'canceled'],
};
const KINDS = ['space', 'blueroom'];

/** @type {Filters} */
export const NO_FILTERS = { q: '', state: '', kind: '', topic: '', host: '' };

const clean = (key, value) => value.trim().slice(0, LONGEST[key]);
const oneOf = (choices, value) => (choices.includes(value) ? value : '');

/**
 * What a form or an address asks for; what makes no sense is left out.
 *
 * @param {Record<string, string>} fields
 * @returns {Filters}
 */
export const filtersOf = ({ q = '', state = '', kind = '', topic = '', host = '' }) => ({
  q: clean('q', q),
  state: oneOf(Object.keys(STATES), state),
  kind: oneOf(KINDS, kind),
  topic: clean('topic', topic.replace(/^\s*#/, '')),
  host: clean('host', host.replace(/^\s*@/, '')),
});

/** @param {string} search as in `location.search` */
export const readFilters = (search) => filtersOf(Object.fromEntries(new URLSearchParams(search)));

/** @param {Filters} filters @returns {string} as in `location.search`, empty without filters */
export function writeFilters(filters) {
  const set = Object.entries(filters).filter(([, value]) => value);
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

/** The filters as the server is asked by them. @param {Filters} filters */
export const asked = (filters) => ({ ...filters, state: STATES[filters.state] ?? [] });

/** @param {Filters} filters */
export const filtering = (filters) => Object.values(filters).some(Boolean);

/** The lobby's address with one filter set. @param {Partial<Filters>} filters */
export const lobbyFor = (filters) => `/${writeFilters({ ...NO_FILTERS, ...filters })}`;
