/** The account of this tab, in the page's head: who it is, whom it follows, whom it blocked. */

import { avatar } from '../parts/avatar.js';
import { makeDisclosure } from '../parts/disclosure.js';
import { attr, h, keyed, show, text } from '../parts/dom.js';
import { toastError } from '../parts/toast.js';
import * as api from '../wire/api.js';
import { forget } from './identity.js';

/** @param {import('../main.js').App} app */
export function makeAccountMenu(app) {
  const { account } = app;
  /** @type {Map<string, string>} titles of rooms and series, by what they are called */
  const titles = new Map();
  const signIn = h(
    'button',
    {
      class: 'button quiet head-button',
      type: 'button',
      testid: 'account-signin',
      onclick: () => app.signedIn('Then you can host, speak, follow and be reminded.'),
    },
    'Sign in',
  );
  const face = h('span', { class: 'menu-face' });
  const name = h('strong', {});
  const handle = h('span', { class: 'dim small' });
  const plainly = (id) => `@${id}`;
  const lists = [
    part('follows', 'You follow', 'Nobody yet.', 'Unfollow', plainly, lobbyOf),
    part('blocks', 'You block', 'Nobody.', 'Unblock', plainly),
    part('reminders', 'Reminders', 'None.', 'Remove', titleOf('reminders'), roomOf),
    part('series', 'Series', 'None.', 'Unfollow', titleOf('series'), seriesOf),
  ];
  const blockee = h('input', {
    testid: 'block-handle',
    required: true,
    maxlength: 64,
    placeholder: 'handle',
    'aria-label': 'Handle to block',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const blocking = h(
    'form',
    { class: 'row drop-form', onsubmit: block },
    blockee,
    h('button', { class: 'mini', testid: 'block-add' }, 'Block'),
  );
  lists[1].node.append(
    blocking,
    h('p', { class: 'dim small' }, 'Whom you block cannot come into rooms that you host.'),
  );
  const {
    node: menu,
    button,
    close,
  } = makeDisclosure(
    { label: 'Your account', testid: 'account', face: [face], opened },
    h('p', { class: 'stack menu-who' }, name, handle),
    ...lists.map((list) => list.node),
    h(
      'button',
      { class: 'button quiet wide', type: 'button', testid: 'sign-out', onclick: leave },
      'Sign out',
    ),
  );
  const node = h('div', {}, signIn, menu);

  /** One list of marks, each with a button that takes it back. */
  function part(list, heading, nothing, undo, words, leads) {
    const rows = h('ul', { class: 'drop-list', testid: `my-${list}` });
    const none = h('p', { class: 'dim small' }, nothing);
    const section = h('section', {}, h('h3', {}, heading), none, rows);
    const row = (id) =>
      h(
        'li',
        { class: 'row', testid: `my-${list}-${id}` },
        leads
          ? h('a', { class: 'grow', href: leads(id), onclick: () => close() })
          : h('span', { class: 'grow' }),
        h(
          'button',
          {
            class: 'mini',
            type: 'button',
            onclick: () => account.set(list, id, false).catch(toastError),
          },
          undo,
        ),
      );
    return {
      node: section,
      render() {
        const all = account.all(list).sort();
        show(none, all.length === 0);
        keyed(
          rows,
          all,
          (id) => id,
          row,
          (line, id) => {
            text(line.children[0], words(id));
            attr(line.children[1], 'aria-label', `${undo}: ${words(id)}`);
          },
        );
      },
    };
  }

  function titleOf(list) {
    return (id) => titles.get(`${list}/${id}`) ?? id;
  }

  async function block(event) {
    event.preventDefault();
    try {
      await account.set('blocks', blockee.value.trim().replace(/^@/, ''), true);
      blockee.value = '';
    } catch (error) {
      toastError(error);
    }
  }

  /** The marks are names only; what they are called is read when somebody looks. */
  async function learn() {
    await learnOf('reminders', async (id) => (await api.room(id)).room);
    await learnOf('series', api.series);
  }

  /** @param {'reminders'|'series'} list @param {(id: string) => Promise<{title: string, simulated: boolean}>} read */
  async function learnOf(list, read) {
    for (const id of account.all(list).filter((one) => !titles.has(`${list}/${one}`))) {
      try {
        const { title, simulated } = await read(id);
        titles.set(`${list}/${id}`, simulated ? `Simulation: ${title}` : title);
      } catch (error) {
        if (!error.code) throw error; // its name will do
      }
    }
  }

  async function opened() {
    try {
      await account.refresh();
      await learn();
      render();
    } catch (error) {
      toastError(error);
    }
  }

  function leave() {
    close();
    forget();
    app.navigate(location.pathname + location.search);
  }

  function render() {
    const { me } = account;
    show(signIn, !me);
    show(menu, Boolean(me));
    if (!me) return;
    face.replaceChildren(avatar(me, 'small'));
    text(name, me.name || me.handle);
    text(handle, `@${me.handle || me.member}`);
    attr(button, 'aria-label', `Your account: ${me.name || me.handle}`);
    for (const list of lists) list.render();
  }

  account.addEventListener('change', render);
  render();
  return node;
}

const lobbyOf = (member) => `/?host=${encodeURIComponent(member)}`;
const roomOf = (room) => `/room/${encodeURIComponent(room)}`;
const seriesOf = (series) => `/series/${encodeURIComponent(series)}`;
