/**
 * The banner of a handoff: where the audience goes, when, and what I do about it. The countdown runs
 * by the server's clock, so that it ends for everybody at once.
 */

import { attr, h, show, text } from '../parts/dom.js';
import { counted, ofSimulated, secondsLeft } from '../pure/format.js';
import * as api from '../wire/api.js';

const MOVING_SECONDS = 30;

/** @param {import('./room.js').Scene} scene */
export function makeHandoff({ session, act }) {
  /** @type {Map<string, string>} room to its title */
  const titles = new Map();
  /** What I said about which handoff. */
  let choice = { handoff: '', says: 'nothing' };

  const words = h('p', { class: 'banner-words', role: 'alert' });
  const told = h('p', { class: 'dim' });
  const countdown = h('span', {
    class: 'countdown',
    testid: 'handoff-countdown',
    role: 'timer',
    'aria-live': 'off',
  });
  const follow = h(
    'button',
    { class: 'button primary', testid: 'follow', onclick: () => choose('follow') },
    'Follow now',
  );
  const stay = h(
    'button',
    { class: 'button quiet', testid: 'stay', onclick: () => choose('stay') },
    'Stay here',
  );
  const cancel = h(
    'button',
    {
      class: 'button quiet',
      testid: 'handoff-cancel',
      onclick: () => act('cancel_handoff', { handoff: session.room.handoff.handoff }),
    },
    'Call it off',
  );
  const node = h(
    'section',
    { class: 'banner handoff', testid: 'handoff-banner', hidden: true },
    countdown,
    h('div', { class: 'grow' }, words, told),
    h('div', { class: 'row' }, follow, stay, cancel),
  );

  async function choose(says) {
    const { handoff } = session.room.handoff;
    follow.disabled = stay.disabled = true;
    if (await act(says)) choice = { handoff, says };
    follow.disabled = stay.disabled = false;
    render();
  }

  function titleOf(room) {
    if (!titles.has(room)) {
      titles.set(room, 'the next room');
      api.room(room).then(
        (found) => {
          titles.set(room, found.room.title);
          render();
        },
        () => titles.delete(room),
      );
    }
    return titles.get(room);
  }

  /** Whether the handoff still asks something of whoever is here. */
  function stands(handoff) {
    if (!handoff || session.room.state !== 'live') return false;
    if (handoff.phase === 'offered') return true;
    return handoff.phase === 'moving' && session.serverNow - handoff.moves_at < MOVING_SECONDS;
  }

  function sentence(handoff, staying) {
    const title = titleOf(handoff.to_room);
    if (staying) return `You stay here. The others go to ${title}.`;
    if (handoff.phase === 'moving') return `Going over to ${title}…`;
    return `The room moves to ${title}`;
  }

  function render() {
    const { handoff } = session.room;
    const visible = stands(handoff);
    show(node, visible);
    if (!visible) return;
    const mine = choice.handoff === handoff.handoff ? choice.says : 'nothing';
    const staying = mine === 'stay';
    const there = session.counts[handoff.to_room];
    const by =
      session.role === 'listener' || session.role === 'host'
        ? ''
        : ' Going means giving up your seat here.';
    text(words, sentence(handoff, staying));
    const inThere = there
      ? ` ${counted(there.participants, 'member')} there already${ofSimulated(there)}.`
      : '';
    text(
      told,
      (staying ? 'You may still follow.' : 'The sound goes with you, without a gap.') +
        by +
        inThere,
    );
    text(follow, staying ? 'Follow after all' : 'Follow now');
    attr(node, 'data-choice', mine);
    attr(node, 'data-phase', handoff.phase);
    show(stay, !staying && handoff.phase === 'offered');
    show(cancel, session.role === 'host' && handoff.phase === 'offered');
    tick();
  }

  function tick() {
    const handoff = session.room?.handoff;
    if (!stands(handoff)) {
      show(node, false);
      return;
    }
    text(
      countdown,
      handoff.phase === 'moving' ? '→' : secondsLeft(handoff.moves_at, session.serverNow),
    );
    const whole = Math.max(0.1, handoff.moves_at - handoff.offered_at);
    const gone = (session.serverNow - handoff.offered_at) / whole;
    node.style.setProperty('--gone', Math.min(1, Math.max(0, gone)).toFixed(3));
  }

  return { node, render, tick };
}
