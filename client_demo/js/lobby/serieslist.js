/** The series of this server, in the lobby: what each is, and a button to follow it as one. */

import { simulationTag } from '../parts/card.js';
import { h, keyed, show, text } from '../parts/dom.js';
import { makeMark } from '../parts/marks.js';
import { counted } from '../pure/format.js';
import * as api from '../wire/api.js';

const ASK_SECONDS = 15;

/** @param {import('../main.js').App} app */
export function makeSeriesList(app) {
  const rows = new Map();
  let askedAt = -Infinity;
  let list = [];
  const grid = h('div', { class: 'cards cards-series' });
  const node = h('section', { hidden: true, testid: 'lobby-series' }, h('h2', {}, 'Series'), grid);

  function makeRow({ series: id }) {
    const link = h('a', { class: 'card-link', href: `/series/${encodeURIComponent(id)}` });
    const tag = simulationTag();
    const about = h('p', { class: 'dim small' });
    const told = h('p', { class: 'dim small grow' });
    const follow = makeMark(app, 'series', { testid: `follow-series-${id}` });
    return {
      node: h(
        'article',
        { class: 'card card-series', testid: `series-card-${id}` },
        tag,
        h('h3', { class: 'card-title' }, link),
        about,
        h('div', { class: 'card-low' }, told, follow.node),
      ),
      render({ title, description, by, count, simulated }) {
        text(link, title);
        text(about, description);
        show(about, Boolean(description));
        text(told, `@${by} · ${counted(count, 'episode')}`);
        show(tag, simulated);
        follow.render(id, title);
      },
    };
  }

  function render() {
    keyed(
      grid,
      list,
      (one) => one.series,
      (one) => {
        if (!rows.has(one.series)) rows.set(one.series, makeRow(one));
        return rows.get(one.series).node;
      },
      (_, one) => rows.get(one.series).render(one),
    );
  }

  return {
    node,
    render,
    /** Whether there are any. */
    get any() {
      return list.length > 0;
    },
    /** Ask again, if it is some time since. */
    async refresh() {
      if (performance.now() - askedAt < ASK_SECONDS * 1000) return;
      list = await api.seriesList();
      askedAt = performance.now();
    },
  };
}
