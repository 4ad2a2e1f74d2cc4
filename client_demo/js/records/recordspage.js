/**
 * The record book as a page: of one season, its Top 5 at any date, its eras, its firsts, and the
 * line of the record over time. Without a season, the newest one's.
 *
 * @import {RecordEntry, SeasonBook} from '../wire/types.js'
 */

import { simulationTag } from '../parts/card.js';
import { attr, dotted, h, keyed, remade, show, text } from '../parts/dom.js';
import { toastError } from '../parts/toast.js';
import { clockTime, count, counted } from '../pure/format.js';
import { drawLine } from '../pure/recordline.js';
import * as api from '../wire/api.js';
import { makeRow } from './records.js';

const POLL_SECONDS = 5;
/** Who drags the date asks for the book as soon as it rests. */
const REST_SECONDS = 0.15;
const PLACES = 5;
/** As many entries are drawn. */
const DRAWN = 50;
/** As many other seasons are offered, the newest. */
const OFFERED = 6;
const DAY = 86_400;

const DATE = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
const dateOf = (at) => DATE.format(at * 1000);

const pathOf = (season) => `/records/${encodeURIComponent(season)}`;

/** @param {RecordEntry} entry */
function roomLink({ room, title }) {
  const words = h('bdi', {}, title);
  return room ? h('a', { href: `/room/${encodeURIComponent(room)}` }, words) : words;
}

/** A figure, in one line. */
const unbroken = (words) => h('span', { class: 'number' }, words);

/** How many of a record were simulated, if any. @param {RecordEntry} entry */
const simulatedOf = ({ simulated_listeners: simulated }) =>
  simulated > 0 && unbroken(`${count(simulated)} simulated`);

/** @param {RecordEntry} entry @param {RecordEntry} [next] who passed it */
function standing({ at }, next) {
  if (!next) return 'stands';
  return dateOf(next.at) === dateOf(at) ? 'and no longer' : `until ${dateOf(next.at)}`;
}

/** Who held a record and when, a line each. @param {RecordEntry[]} line the latest last */
const lineRows = (line) =>
  line.map((entry, index) => {
    const next = line[index + 1];
    return h(
      'tr',
      { testid: `line-${entry.entry}` },
      h('td', { class: 'number' }, count(entry.listeners)),
      h(
        'td',
        {},
        roomLink(entry),
        ' ',
        h('span', { class: 'dim' }, ...dotted(entry.host, simulatedOf(entry))),
        h(
          'div',
          { class: 'dim small' },
          unbroken(dateOf(entry.at)),
          ' ',
          unbroken(standing(entry, next)),
        ),
      ),
    );
  });

/** @param {import('../main.js').App} app @param {string} [wanted] a season */
export function makeRecordsPage(app, wanted) {
  let timer = null;
  let left = false;
  /** @type {SeasonBook|null} */
  let book = null;
  const rows = new Map();
  const tag = simulationTag();
  const heading = h('h1', { testid: 'book-title' });
  const told = h('p', { class: 'dim' });
  const seasons = h('nav', { class: 'chips book-seasons', 'aria-label': 'Seasons', hidden: true });
  const date = h('input', {
    type: 'range',
    min: 0,
    step: 1,
    class: 'grow',
    'aria-label': 'As of',
    testid: 'book-date',
    oninput: () => {
      tellDay(asked() ?? book.until - 1);
      clearTimeout(timer);
      timer = setTimeout(() => refresh().catch(toastError), REST_SECONDS * 1000);
    },
  });
  const day = h('output', { class: 'number', testid: 'book-day' });
  const list = h('ol', { class: 'records', testid: 'top' });
  const nobody = h('p', { class: 'dim', hidden: true, testid: 'top-empty' }, 'Nobody yet');
  const eras = h('dl', { class: 'facts', testid: 'eras' });
  const firsts = h('dl', { class: 'facts', testid: 'firsts' });
  const drawing = h('div', { class: 'drawing' });
  const line = h('tbody', { testid: 'line' });
  const section = (title, ...inside) =>
    h('section', { class: 'panel' }, h('h2', {}, title), ...inside);
  const made = section('Firsts', firsts);
  const story = section(
    'The record over time',
    drawing,
    h('table', { class: 'line-table', 'aria-label': 'Who held the record, and when' }, line),
  );
  const inside = h(
    'div',
    { class: 'stack', hidden: true, testid: 'record-page' },
    h(
      'header',
      { class: 'room-head-in' },
      h('span', { class: 'card-top' }, h('span', { class: 'tag' }, 'Record book'), tag),
      heading,
      told,
    ),
    seasons,
    h('label', { class: 'row book-when' }, h('span', { class: 'dim small' }, 'As of'), date, day),
    section(`Top ${PLACES}`, nobody, list),
    h('div', { class: 'book-halves' }, section('Most listened-to Space', eras), made),
    story,
    h(
      'p',
      { class: 'dim small' },
      'Counts are of distinct listeners at one moment. Simulated listeners are counted and said ' +
        'to be simulated; figures of a simulated season tell of no real audience.',
    ),
  );
  const why = h('h1', {});
  const advice = h(
    'p',
    {},
    'Run ',
    h('code', {}, 'afterparty replay --season scenarios'),
    ' to play one.',
  );
  const newest = h('a', { class: 'button quiet', href: '/records' }, 'The newest season');
  const none = h(
    'div',
    { class: 'empty', hidden: true, testid: 'no-season' },
    why,
    advice,
    newest,
    h('a', { class: 'button primary', href: '/' }, 'Back to the lobby'),
  );
  const node = h('div', {}, inside, none);

  function fact(title, value) {
    return [h('dt', {}, title), h('dd', {}, ...value)];
  }

  /** The date that is looked at; `null`: the latest. */
  const asked = () =>
    book && Number(date.value) < Number(date.max)
      ? book.since + (Number(date.value) + 1) * DAY - 1
      : null;

  function rowOf(entry) {
    if (!rows.has(entry.entry)) rows.set(entry.entry, makeRow(dateOf));
    return rows.get(entry.entry);
  }

  function tellDay(at) {
    text(day, dateOf(at));
    attr(date, 'aria-valuetext', day.textContent);
  }

  /** There is nothing to show. @param {string} [trouble] */
  function tellNone(trouble) {
    text(why, trouble ?? 'No season yet');
    show(advice, !trouble);
    show(newest, Boolean(wanted));
    show(none, true);
  }

  const holderWords = (entry) =>
    dotted(
      roomLink(entry),
      entry.host,
      unbroken(counted(entry.listeners, 'listener')),
      simulatedOf(entry),
      unbroken(dateOf(entry.at)),
    );
  const renderEras = remade(eras, (found) =>
    found.flatMap(({ title, holder }) =>
      fact(title, holder ? holderWords(holder) : ['Nobody yet']),
    ),
  );
  const renderFirsts = remade(firsts, (found) =>
    found.flatMap(({ title, name, record, at }) =>
      fact(title, record ? dotted(name, roomLink(record), unbroken(dateOf(at))) : ['Nobody yet']),
    ),
  );
  const renderLine = remade(line, lineRows);
  const renderChips = remade(seasons, (found) =>
    found.map(({ season, title, created_at: at, here }) =>
      h(
        'a',
        { class: 'chip', href: pathOf(season), 'aria-current': here && 'page' },
        h('bdi', {}, title),
        h('span', {}, ` · ${clockTime(at)}`),
      ),
    ),
  );

  function render() {
    if (!book) return;
    show(inside, true);
    show(none, false);
    // What only told counts are made of is no room's; all others of a season are simulated.
    show(
      tag,
      book.top.some((entry) => entry.simulated),
    );
    text(heading, book.title);
    text(told, `${dateOf(book.since)} to ${dateOf(book.until - 1)} (UTC)`);
    if (!date.max) {
      date.max = String(Math.max(0, Math.ceil((book.until - book.since) / DAY) - 1));
      date.value = date.max;
      const here = seasons.querySelector('[aria-current]');
      here?.scrollIntoView({ block: 'nearest', inline: 'center' });
    }
    // What was asked meanwhile is told already.
    tellDay(asked() ?? book.until - 1);
    const best = book.top.slice(0, PLACES);
    keyed(
      list,
      best,
      (entry) => entry.entry,
      (entry) => rowOf(entry).node,
    );
    best.forEach((entry, index) => rowOf(entry).render(entry, index));
    show(nobody, !best.length);
    renderEras([{ title: 'The whole season', holder: book.line.at(-1) ?? null }, ...book.eras]);
    renderFirsts(book.firsts);
    show(made, book.firsts.length > 0);
    renderLine(book.line);
    show(story, book.line.length > 0);
    draw();
    document.title = `${book.title} · Afterparty`;
  }

  let width = 0;
  function draw() {
    width = Math.max(280, Math.floor(drawing.clientWidth));
    if (book) drawing.replaceChildren(drawLine(book, width));
  }
  const resized = new ResizeObserver(() => {
    if (Math.floor(drawing.clientWidth) !== width) draw();
  });
  resized.observe(drawing);

  async function renderSeasons() {
    const found = await api.seasons();
    const here = wanted ?? found[0]?.season;
    show(seasons, found.length > 1);
    renderChips(
      found
        .map((season) => ({ ...season, here: season.season === here }))
        .filter((season, index) => season.here || index < OFFERED),
    );
    return found[0]?.season;
  }

  let tries = 0;
  async function refresh() {
    clearTimeout(timer);
    tries += 1;
    const mine = tries;
    try {
      const newest = await renderSeasons();
      const season = wanted ?? newest;
      if (season) {
        const found = await api.season(season, { at: asked() ?? undefined, limit: DRAWN });
        if (left || mine !== tries) return;
        book = found;
        render();
      } else if (!left) tellNone();
    } catch (error) {
      if (!error.code) throw error;
      if (!book) tellNone(error.message);
    }
    if (!left) timer = setTimeout(() => refresh().catch(toastError), POLL_SECONDS * 1000);
  }
  refresh().catch(toastError);

  return {
    node,
    title: 'Record book · Afterparty',
    destroy() {
      left = true;
      clearTimeout(timer);
      resized.disconnect();
    },
  };
}
