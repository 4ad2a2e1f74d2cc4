/** The lobby: every room of this server, live ones first, kept up to date by asking now and then. */

import { makeCard } from '../parts/card.js';
import { h, keyed, show, text } from '../parts/dom.js';
import { toastError } from '../parts/toast.js';
import { isOver } from '../pure/evolution.js';
import { asked, filtering } from '../pure/filters.js';
import { counted } from '../pure/format.js';
import { makeRecords } from '../records/records.js';
import * as api from '../wire/api.js';
import { makeSearch } from './search.js';
import { makeSeriesList } from './serieslist.js';
import { makeStart } from './start.js';

const POLL_SECONDS = 3;

const SECTIONS = [
  { key: 'live', title: 'Live now', belongs: (room) => room.state === 'live' },
  { key: 'scheduled', title: 'Coming up', belongs: (room) => room.state === 'scheduled' },
  { key: 'over', title: 'Over', belongs: isOver },
];

/** @param {import('../main.js').App} app */
export function makeLobby(app) {
  const cards = new Map();
  /** @type {Map<string, import('../wire/types.js').Show>} */
  const shows = new Map();
  /** @type {import('../wire/types.js').RoomSummary[]|null} null until the server has answered */
  let list = null;
  let timer = null;
  let left = false;
  let tries = 0;
  const listening = new AbortController();

  const start = makeStart(app);
  const search = makeSearch(() => refresh().catch(toastError));
  const series = makeSeriesList(app);
  const book = makeRecords();
  const trouble = h('p', { class: 'strip', role: 'status', hidden: true });
  const empty = h(
    'div',
    { class: 'empty', testid: 'lobby-empty', hidden: true },
    h('p', {}, 'No room yet.'),
    h(
      'p',
      {},
      'Run ',
      h('code', {}, 'afterparty replay'),
      ' to re-enact an evening, or start a Space of your own.',
    ),
  );
  const nothing = h(
    'p',
    { class: 'empty', testid: 'lobby-nothing', hidden: true },
    'No room is like that.',
  );
  const sections = SECTIONS.map(({ key, title, belongs }) => {
    const grid = h('div', { class: `cards cards-${key}` });
    const node = h('section', { hidden: true, testid: `lobby-${key}` }, h('h2', {}, title), grid);
    return { node, grid, belongs };
  });
  const begin = h(
    'button',
    { class: 'button primary', testid: 'start-space', onclick: () => start.open() },
    'Start a Space',
  );
  const node = h(
    'div',
    { class: 'lobby', testid: 'lobby' },
    h(
      'div',
      { class: 'lobby-head' },
      h(
        'div',
        {},
        h('h1', {}, 'What’s on'),
        h('p', { class: 'dim' }, 'Rooms you can walk into now, and where everybody went.'),
      ),
      begin,
    ),
    search.node,
    trouble,
    empty,
    nothing,
    ...sections.slice(0, -1).map((section) => section.node),
    series.node,
    book.node,
    sections.at(-1).node, // what is over may be long
    start.node,
  );
  show(begin, false);

  function cardOf(room) {
    if (!cards.has(room.room)) cards.set(room.room, makeCard(app, room.room));
    return cards.get(room.room);
  }

  function render() {
    if (!list) return;
    const narrowed = filtering(search.filters);
    for (const { node: section, grid, belongs } of sections) {
      const here = list.filter(({ room }) => belongs(room));
      show(section, here.length > 0);
      keyed(
        grid,
        here,
        ({ room }) => room.room,
        ({ room }) => cardOf(room).node,
        (_, summary) => cardOf(summary.room).render(summary, shows.get(summary.room.show)),
      );
    }
    show(empty, list.length === 0 && !narrowed);
    show(nothing, list.length === 0 && narrowed);
    search.tell(narrowed ? `${counted(list.length, 'room')} found` : '');
    show(series.node, !narrowed && series.any);
    show(book.node, !narrowed && book.any);
    series.render();
  }

  /** Read shows, the newest first, until those of all rooms in the list are known. */
  async function learn() {
    const unknown = () => list.some(({ room }) => !shows.has(room.show));
    let page = unknown() ? await api.shows() : [];
    while (page.length) {
      for (const found of page) shows.set(found.show, found);
      page = unknown() ? await api.shows(page.at(-1).show) : [];
    }
  }

  async function refresh() {
    tries += 1;
    const mine = tries;
    try {
      const found = await api.rooms(asked(search.filters));
      // An answer to a search of before may come after that to the present one.
      if (left || mine !== tries) return;
      list = found;
      await learn();
      render();
      show(begin, Boolean(app.server));
      await Promise.all([series.refresh(), book.refresh()]);
      render();
      show(trouble, false);
    } catch (error) {
      if (!error.code) throw error;
      text(trouble, `${error.message} Trying again…`);
      show(trouble, true);
    }
  }

  async function keep() {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') await refresh();
    if (!left) timer = setTimeout(() => keep().catch(toastError), POLL_SECONDS * 1000);
  }

  const seen = () => keep().catch(toastError);
  const { signal } = listening;
  document.addEventListener('visibilitychange', seen, { signal });
  app.account.addEventListener('change', render, { signal });
  const second = setInterval(() => {
    for (const { room } of list ?? []) cardOf(room).tick();
  }, 1000);
  seen();

  return {
    node,
    title: 'Afterparty',
    destroy() {
      left = true;
      clearTimeout(timer);
      clearInterval(second);
      search.destroy();
      listening.abort();
    },
  };
}
