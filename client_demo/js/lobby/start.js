/** "Start a Space": made now or planned, by whoever fills in the form, in a show new or known. */

import { h, show } from '../parts/dom.js';
import { choice, field, tick, trouble } from '../parts/fields.js';
import { toastError } from '../parts/toast.js';
import { freshName } from '../pure/format.js';
import { handlesOf, handlesTrouble, RULES } from '../pure/planning.js';
import { lastTyped, signIn } from '../who/identity.js';
import * as api from '../wire/api.js';
import { Refusal } from '../wire/link.js';
import { makeRoomForm } from './roomform.js';

const KINDS = { space: 'Space', blueroom: 'Blueroom' };
const NEW = ':new';

const ruleWords = () =>
  Object.fromEntries(Object.entries(RULES).map(([name, { label }]) => [name, label]));

const handles = (testid, placeholder) =>
  h('input', { testid, placeholder, autocapitalize: 'none', spellcheck: 'false' });

/** @param {import('../main.js').App} app */
export function makeStart(app) {
  const typed = lastTyped();
  const handle = h('input', {
    testid: 'start-handle',
    maxlength: 64,
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    value: typed.handle,
  });
  const name = h('input', {
    testid: 'start-name',
    maxlength: 50,
    autocomplete: 'name',
    value: typed.name,
  });
  const who = h('div', { class: 'pair' }, field('Your handle', handle), field('Your name', name));
  const kind = choice('start-kind', KINDS, 'space');
  const rules = choice('start-rules', ruleWords(), 'current');
  const room = makeRoomForm('start', {
    now: () => app.now,
    rules: () => rules.value,
    kind: () => kind.value,
  });
  const cohosts = handles('start-cohosts', 'handles, with commas between');
  const speakers = handles('start-speakers', 'handles, with commas between');
  const evening = choice('start-show', { [NEW]: 'A new one' }, NEW);
  const series = choice('start-series', { '': 'None', [NEW]: 'A new series…' }, '');
  const seriesTitle = h('input', { testid: 'start-series-title', maxlength: 120 });
  const seriesAbout = h('input', { testid: 'start-series-description', maxlength: 280 });
  const newSeries = h(
    'div',
    { class: 'pair', hidden: true },
    field('Title of the series', seriesTitle),
    field('What it is', seriesAbout),
  );
  const second = tick('start-second', 'Hand the audience over to a second room afterwards');
  const secondTitle = h('input', { testid: 'start-second-title', maxlength: 70 });
  const secondKind = choice('start-second-kind', KINDS, 'space');
  const more = h(
    'div',
    { class: 'pair', hidden: true },
    field('Title of the second room', secondTitle),
    field('Kind', secondKind),
  );
  const cohostField = field('Co-hosts, up to two', cohosts);
  const wrong = trouble();
  const submit = h('button', { class: 'button primary', testid: 'start-create' }, 'Create');
  const form = h(
    'form',
    { class: 'stack', onsubmit: (event) => create(event) },
    h('h2', { id: 'start-heading' }, 'Start a Space'),
    who,
    field('Kind', kind),
    room.node,
    second.node,
    more,
    h(
      'details',
      { class: 'more', testid: 'start-more' },
      h('summary', {}, 'Stage, series, evening and rules'),
      h(
        'div',
        { class: 'stack' },
        cohostField,
        field('Speakers on the stage from the start, up to ten', speakers),
        field('Series', series),
        newSeries,
        field(
          'Evening',
          evening,
          h(
            'span',
            { class: 'hint' },
            'Rooms of one evening can hand their audiences to each other.',
          ),
        ),
        field('Rules', rules),
      ),
    ),
    wrong.node,
    h(
      'div',
      { class: 'row end dialog-end' },
      h('button', { class: 'button quiet', type: 'button', onclick: () => node.close() }, 'Cancel'),
      submit,
    ),
  );
  const node = h('dialog', { class: 'dialog', 'aria-labelledby': 'start-heading' }, form);

  function render() {
    show(more, second.box.checked);
    secondTitle.required = second.box.checked;
    if (second.box.checked && !secondTitle.value) secondTitle.value = 'After party';
    show(newSeries, series.value === NEW);
    seriesTitle.required = series.value === NEW;
    show(cohostField, RULES[rules.value].cohosts > 0);
    room.render();
    submit.textContent = room.later ? 'Schedule' : 'Create';
  }
  form.addEventListener('input', render);
  form.addEventListener('change', render);

  /** Offer the evenings and series of whoever is signed in. */
  async function offer() {
    const { me } = app.account;
    for (const select of [evening, series])
      for (const option of [...select.options]) if (option.dataset.mine) option.remove();
    if (!me) return;
    const [rooms, all] = await Promise.all([api.rooms({ host: me.member }), api.seriesList()]);
    const shows = [...new Set(rooms.map((one) => one.room.show))];
    for (const id of shows) {
      const titles = rooms.filter((one) => one.room.show === id).map((one) => one.room.title);
      add(evening, id, `With ${titles.slice(0, 2).join(', ')}`);
    }
    for (const one of all.filter(({ by }) => by === me.member)) add(series, one.series, one.title);
  }

  /** The stage from the start. @throws {Refusal} if that cannot be its */
  function stage() {
    const places = RULES[rules.value];
    function seats(named, role, most) {
      const members = handlesOf(named);
      const wrong = handlesTrouble(members, most);
      if (wrong) throw new Refusal('bad_handle', wrong);
      return members.map((member) => ({ member, role }));
    }
    return [
      ...(places.cohosts ? seats(cohosts.value, 'cohost', places.cohosts) : []),
      ...seats(speakers.value, 'speaker', places.speakers),
    ];
  }

  /** Offer something to choose that belongs to whoever is signed in. */
  const add = (select, value, words) =>
    select.append(h('option', { value, 'data-mine': 'yes' }, words));

  /** What was made for a room that was refused then is there, to be used the next time. */
  function keep(select, value, words) {
    add(select, value, words);
    select.value = value;
    render();
  }

  async function make() {
    const fields = room.read();
    const seats = stage();
    const me = app.server?.dev ? await signIn(handle.value, name.value) : app.account.me;
    let part = series.value || null;
    if (part === NEW) {
      part = freshName(seriesTitle.value, Math.random());
      const body = { series: part, title: seriesTitle.value, description: seriesAbout.value };
      await api.createSeries(me.token, body);
      keep(series, part, seriesTitle.value);
    }
    let show_ = evening.value;
    if (show_ === NEW) {
      show_ = freshName(fields.title, Math.random());
      await api.createShow(me.token, { show: show_, title: fields.title });
      keep(evening, show_, `That of ${fields.title}`);
    }
    const made = await api.createRoom(me.token, show_, {
      ...fields,
      room: freshName(fields.title, Math.random()),
      kind: kind.value,
      rules: rules.value,
      series: part,
      stage: seats,
    });
    if (second.box.checked)
      await api
        .createRoom(me.token, show_, {
          room: freshName(secondTitle.value, Math.random()),
          kind: secondKind.value,
          title: secondTitle.value,
          rules: rules.value,
          language: fields.language,
        })
        .catch(toastError); // the first one is there: go on with it
    node.close();
    if (room.later) app.navigate(`/room/${encodeURIComponent(made.room.room)}`);
    else app.enter(made.room.room, me);
  }

  async function create(event) {
    event.preventDefault();
    submit.disabled = true;
    await wrong.guard(make);
    submit.disabled = false;
  }

  return {
    node,
    async open() {
      const dev = Boolean(app.server?.dev);
      if (!dev && !(await app.signedIn('Whoever starts a room hosts it, by name.'))) return;
      const { me } = app.account;
      if (me) [handle.value, name.value] = [me.handle, me.name];
      show(who, dev);
      handle.required = dev;
      render();
      node.showModal();
      (dev && !handle.value ? handle : room.title).focus();
      await wrong.guard(offer);
    },
  };
}
