/** A series: what it is, its episodes as cards, and a button to follow it as one. */

import { makeCard, simulationTag } from '../parts/card.js';
import { h, keyed, show, text } from '../parts/dom.js';
import { makeMark } from '../parts/marks.js';
import { toastError } from '../parts/toast.js';
import { lobbyFor } from '../pure/filters.js';
import { counted } from '../pure/format.js';
import * as api from '../wire/api.js';

const POLL_SECONDS = 5;

/** @param {import('../main.js').App} app @param {string} id */
export function makeSeriesPage(app, id) {
  const cards = new Map();
  const listening = new AbortController();
  /** @type {import('../wire/types.js').Series|null} */
  let series = null;
  let timer = null;
  let left = false;
  const tag = simulationTag();
  const heading = h('h1', { testid: 'series-title' });
  const about = h('p', { class: 'about-room' });
  const by = h('a', {});
  const told = h('span', { testid: 'series-told' });
  const follow = makeMark(app, 'series', { testid: 'series-follow', class: 'button glass' });
  const none = h('p', { class: 'empty', hidden: true }, 'No episode yet.');
  const grid = h('div', { class: 'cards', testid: 'episodes' });
  const inside = h(
    'div',
    { class: 'lobby stack', testid: 'series', hidden: true },
    h(
      'header',
      { class: 'room-head-in' },
      h('span', { class: 'card-top' }, h('span', { class: 'tag' }, 'Series'), tag),
      heading,
      about,
      h('div', { class: 'room-head-low' }, h('p', {}, 'By ', by, ' · ', told), follow.node),
    ),
    h('h2', { class: 'dim' }, 'Episodes'),
    none,
    grid,
  );
  const node = h('div', {}, inside);

  function cardOf(room) {
    if (!cards.has(room)) cards.set(room, makeCard(app, room));
    return cards.get(room);
  }

  function render() {
    if (!series) return;
    const { title, description, by: maker, followers, episodes, simulated } = series;
    show(tag, simulated);
    text(heading, title);
    text(about, description);
    show(about, Boolean(description));
    text(by, `@${maker}`);
    by.href = lobbyFor({ host: maker });
    text(told, `${counted(episodes.length, 'episode')} · ${counted(followers, 'follower')}`);
    follow.render(id, title);
    keyed(
      grid,
      episodes,
      ({ room }) => room.room,
      ({ room }) => cardOf(room.room).node,
      (_, summary) => cardOf(summary.room.room).render(summary),
    );
    show(none, episodes.length === 0);
    document.title = `${title} · Afterparty`;
    show(inside, true);
  }

  async function refresh() {
    clearTimeout(timer);
    try {
      series = await api.series(id);
      if (left) return;
      render();
    } catch (error) {
      if (!error.code) throw error;
      if (!series) {
        node.replaceChildren(
          h(
            'div',
            { class: 'empty', testid: 'no-series' },
            h('h1', {}, error.message),
            h('a', { class: 'button primary', href: '/' }, 'Back to the lobby'),
          ),
        );
        return;
      }
    }
    if (!left) timer = setTimeout(() => refresh().catch(toastError), POLL_SECONDS * 1000);
  }

  // One's own following changes the figure as well.
  app.account.addEventListener('change', () => refresh().catch(toastError), {
    signal: listening.signal,
  });
  const second = setInterval(() => {
    for (const card of cards.values()) card.tick();
  }, 1000);
  refresh().catch(toastError);
  return {
    node,
    title: 'Series · Afterparty',
    destroy() {
      left = true;
      clearTimeout(timer);
      clearInterval(second);
      listening.abort();
    },
  };
}
