/** The notices of an account: rooms it waits for that begin soon, have begun, or are canceled. */

import { simulationTag } from '../parts/card.js';
import { makeDisclosure } from '../parts/disclosure.js';
import { attr, h, icon, keyed, show, text } from '../parts/dom.js';
import { toast, toastError } from '../parts/toast.js';
import { clockTime, counted } from '../pure/format.js';
import * as api from '../wire/api.js';

const POLL_SECONDS = 15;
const KEPT = 50;
/** How many are told aloud when several come at once; the list has them all. */
const TOASTS = 3;

const SENTENCES = {
  soon: ({ title, scheduled_for: at }) => `${title} begins at ${clockTime(at)}.`,
  started: ({ title }) => `${title} has begun.`,
  canceled: ({ title }) => `${title} was canceled.`,
};

/** What a notice says. @param {import('../wire/types.js').Notice} notice */
const sentence = (notice) => SENTENCES[notice.kind]?.(notice) ?? notice.title;

const seenKey = (member) => `afterparty.notices.${member}`;

/** @param {import('../main.js').App} app */
export function makeBell(app) {
  /** @type {import('../wire/types.js').Notice[]} the newest first */
  let known = [];
  let token = '';
  let timer = null;
  const badge = h('span', { class: 'bell-badge', testid: 'notice-count', hidden: true });
  const list = h('ul', { class: 'drop-list', testid: 'notices' });
  const none = h(
    'p',
    { class: 'dim small' },
    'Nothing yet. Set a reminder for a room or follow a host or a series, and you are told here.',
  );
  const { node, button, close } = makeDisclosure(
    { label: 'Notices', testid: 'bell', face: [icon('bell'), badge], opened: read },
    h('h2', {}, 'Notices'),
    none,
    list,
  );

  const seen = () => localStorage.getItem(seenKey(app.account.me?.member)) ?? '';

  /** Those that came after the one that was read last. */
  function unread() {
    const at = known.findIndex((notice) => notice.notice === seen());
    return at < 0 ? known : known.slice(0, at);
  }

  function read() {
    if (known.length) localStorage.setItem(seenKey(app.account.me.member), known[0].notice);
    render();
  }

  function render() {
    const { me } = app.account;
    show(node, Boolean(me));
    if (!me) return;
    const fresh = unread().length;
    text(badge, fresh);
    show(badge, fresh > 0);
    attr(button, 'aria-label', fresh ? `Notices: ${counted(fresh, 'new one')}` : 'Notices');
    show(none, known.length === 0);
    keyed(
      list,
      known,
      (notice) => notice.notice,
      (notice) =>
        h(
          'li',
          {},
          h(
            'a',
            {
              class: 'notice',
              href: `/room/${encodeURIComponent(notice.room)}`,
              testid: `notice-${notice.kind}-${notice.room}`,
              onclick: close,
            },
            h('span', {}, sentence(notice)),
            h('span', { class: 'dim small' }, `${notice.host_name} · ${clockTime(notice.at)}`),
            notice.simulated && simulationTag(),
          ),
        ),
    );
  }

  async function look() {
    const { me } = app.account;
    if (!me) return;
    const found = await api.notices(me.token, known[0]?.notice);
    if (app.account.me?.token !== me.token) return;
    const have = new Set(known.map((notice) => notice.notice));
    const fresh = found.filter((notice) => !have.has(notice.notice));
    fresh.reverse(); // the server tells them in the order in which they came
    known = [...fresh, ...known].slice(0, KEPT);
    render();
    const untold = new Set(unread());
    for (const notice of fresh.filter((one) => untold.has(one)).slice(0, TOASTS)) {
      const words = notice.simulated ? `Simulation: ${sentence(notice)}` : sentence(notice);
      toast(words, 'good', `/room/${encodeURIComponent(notice.room)}`);
    }
    // The server has said something of these rooms, so its list of reminders is another.
    if (fresh.length) await app.account.refresh();
  }

  async function keep() {
    clearTimeout(timer);
    try {
      if (document.visibilityState === 'visible') await look();
    } catch (error) {
      if (!error.code) throw error; // the next time it may answer
    }
    timer = setTimeout(() => keep().catch(toastError), POLL_SECONDS * 1000);
  }

  function changed() {
    const now = app.account.me?.token ?? '';
    if (now === token) return;
    token = now;
    known = [];
    render();
    keep().catch(toastError);
  }

  app.account.addEventListener('change', changed);
  document.addEventListener('visibilitychange', () => keep().catch(toastError));
  render();
  changed();
  return node;
}
