/** The lobby's search: a line of text and what else a room must be, kept in the page's address. */

import { h, show, text } from '../parts/dom.js';
import { choice } from '../parts/fields.js';
import { filtering, filtersOf, NO_FILTERS, readFilters, writeFilters } from '../pure/filters.js';

const PAUSE_SECONDS = 0.25;

/** @param {() => void} changed called when the filters are others */
export function makeSearch(changed) {
  const q = h('input', {
    type: 'search',
    testid: 'search',
    maxlength: 70,
    placeholder: 'Search rooms by title',
    'aria-label': 'Search rooms by title',
  });
  const state = choice(
    'search-state',
    { '': 'Any state', live: 'Live', scheduled: 'Coming up', over: 'Over' },
    '',
  );
  const kind = choice(
    'search-kind',
    { '': 'Any kind', space: 'Spaces', blueroom: 'Bluerooms' },
    '',
  );
  const topic = h('input', { testid: 'search-topic', maxlength: 30, placeholder: 'Topic' });
  const host = h('input', {
    testid: 'search-host',
    maxlength: 64,
    placeholder: 'Host',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const labels = { State: state, Kind: kind, Topic: topic, Host: host };
  for (const [label, control] of Object.entries(labels)) control.setAttribute('aria-label', label);
  const fields = { q, state, kind, topic, host };
  const clear = h(
    'button',
    { class: 'mini', type: 'button', testid: 'search-clear', onclick: () => reset() },
    'Clear',
  );
  const found = h('p', { class: 'dim small', role: 'status', testid: 'search-found' });
  const node = h(
    'form',
    { class: 'search', role: 'search', onsubmit: (event) => submit(event) },
    q,
    h('div', { class: 'search-more' }, state, kind, topic, host, clear),
    found,
  );
  let pause = null;
  let filters = readFilters(location.search);

  function fill() {
    for (const [key, control] of Object.entries(fields)) control.value = filters[key];
    show(clear, filtering(filters));
  }

  function take() {
    clearTimeout(pause);
    const typed = Object.entries(fields).map(([key, control]) => [key, control.value]);
    filters = filtersOf(Object.fromEntries(typed));
    history.replaceState(null, '', location.pathname + writeFilters(filters));
    show(clear, filtering(filters));
    changed();
  }

  function submit(event) {
    event.preventDefault();
    take();
  }

  function reset() {
    filters = NO_FILTERS;
    fill();
    take();
    q.focus();
  }

  node.addEventListener('input', () => {
    clearTimeout(pause);
    pause = setTimeout(take, PAUSE_SECONDS * 1000);
  });
  fill();
  return {
    node,
    get filters() {
      return filters;
    },
    /** Say how many there are, for those who do not see them come and go. */
    tell: (sentence) => text(found, sentence),
    destroy: () => clearTimeout(pause),
  };
}
