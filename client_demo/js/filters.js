/**
 * What the lobby is asked for, as the address says it: so that a search can be kept, shared and
 * gone back to. Pure.
 *
 * @typedef {{q: string, state: string, kind: string, topic: string, host: string}} Filters
 */

const LONGEST = 70;

const STATES = ['live', 'scheduled', 'ended', 'canceled', 'timed_out'];
const KINDS = ['space', 'blueroom'];

/** @type {Filters} */
export const NO_FILTERS = { q: '', state: '', kind: '', topic: '', host: '' };

const clean = (value) => value.trim().slice(0, LONGEST);
const oneOf = (choices, value) => (choices.includes(value) ? value : '');

/**
 * What a form or an address asks for; what makes no sense is left out.
 *
 * @param {Record<string, string>} fields
 * @returns {Filters}
 */
export const filtersOf = ({ q = '', state = '', kind = '', topic = '', host = '' }) => ({
  q: clean(q),
  state: oneOf(STATES, state),
  kind: oneOf(KINDS, kind),
  topic: clean(topic.replace(/^\s*#/, '')),
  host: clean(host.replace(/^\s*@/, '')),
});

/** @param {string} search as in `location.search` */
export const readFilters = (search) => filtersOf(Object.fromEntries(new URLSearchParams(search)));

/** @param {Filters} filters @returns {string} as in `location.search`, empty without filters */
export function writeFilters(filters) {
  const set = Object.entries(filters).filter(([, value]) => value);
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

/** @param {Filters} filters */
export const filtering = (filters) => Object.values(filters).some(Boolean);

/** The lobby's address with one filter set. @param {Partial<Filters>} filters */
export const lobbyFor = (filters) => `/${writeFilters({ ...NO_FILTERS, ...filters })}`;
