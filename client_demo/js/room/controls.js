/** The bar at the bottom: the microphone, or the wish for one; a hand; reactions; people; sharing. */

import { attr, h, icon, setIcon, show, text } from '../parts/dom.js';
import { makeMenu } from '../parts/menu.js';
import { toast, toastError } from '../parts/toast.js';
import { elsewhere, toggleMic } from '../sound/mic.js';
import { forget } from '../who/identity.js';
import { makeHand } from './hands.js';
import { openPin } from './pins.js';
import { openReport } from './report.js';

/** Whether asking to speak is coming onto the stage: everyone may, and a place is free. */
function straightOn({ speak, seats, speaker_places }) {
  const speakers = seats.filter((seat) => seat.role === 'speaker');
  return speak === 'everyone' && speakers.length < speaker_places;
}

/**
 * @param {import('./room.js').Scene} scene
 * @param {HTMLElement} reactions
 * @param {{toggle: (from: HTMLElement) => void}} guests
 */
export function makeControls(scene, reactions, guests) {
  const { app, session, sound, act } = scene;
  const micIcon = h('span', { class: 'mic-icon' });
  const micWords = h('span', {});
  const mic = h(
    'button',
    { class: 'button mic', testid: 'mic', onclick: () => toggle() },
    micIcon,
    micWords,
  );
  const requestWords = h('span', {});
  const request = h(
    'button',
    { class: 'button primary', testid: 'request-to-speak', onclick: () => act('request') },
    icon('mic'),
    requestWords,
  );
  const withdraw = h(
    'button',
    { class: 'button quiet', testid: 'withdraw-request', onclick: () => act('withdraw') },
    'Withdraw request',
  );
  const asked = h('span', { class: 'dim', role: 'status' }, 'You asked to speak');
  const signIn = h(
    'button',
    { class: 'button quiet', testid: 'sign-in', onclick: () => become() },
    'Sign in to speak',
  );
  const soon = h('span', { class: 'dim' }, 'You will hear the room as soon as it opens.');
  const hand = makeHand(scene);
  const people = h(
    'button',
    {
      class: 'button quiet round',
      testid: 'guests-open',
      'aria-label': 'Guests',
      'aria-expanded': 'false',
      'aria-controls': 'guests',
      title: 'Guests',
      onclick: () => guests.toggle(people),
    },
    icon('people'),
  );
  const more = makeMenu({
    label: 'More',
    testid: 'more',
    choices: () =>
      [
        session.seat && { words: 'Pin a post…', testid: 'pin-open', run: () => openPin(scene) },
        { words: 'Report this room…', testid: 'report-room', run: () => openReport(scene) },
      ].filter(Boolean),
  });
  attr(more.button, 'class', 'button quiet round');
  const share = h(
    'button',
    {
      class: 'button quiet round',
      testid: 'share',
      'aria-label': 'Copy the link to this room',
      title: 'Copy link',
      onclick: () => copy(),
    },
    icon('link'),
  );
  const node = h(
    'div',
    { class: 'controls' },
    h(
      'div',
      { class: 'controls-in' },
      h('div', { class: 'row voice' }, mic, request, withdraw, asked, signIn, soon),
      hand.node,
      reactions,
      h('div', { class: 'row tools' }, people, share, more.node),
    ),
  );

  async function toggle() {
    mic.disabled = true;
    try {
      await toggleMic(scene);
    } catch (error) {
      toastError(error);
    } finally {
      mic.disabled = false;
    }
  }

  function become() {
    forget();
    app.navigate(location.pathname);
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      toast('The link is copied.', 'good');
    } catch {
      toast(`The link to this room: ${location.href}`);
    }
  }

  function render() {
    const { room, seat, you, role } = session;
    const live = room.state === 'live';
    const asking = room.requests.some((person) => person.member === you.member);
    const invited = room.invitations.some((one) => one.member === you.member);
    const listening = role === 'listener' && live;
    show(mic, Boolean(seat));
    if (seat) {
      const away = live && elsewhere(scene);
      setIcon(micIcon, seat.muted ? 'mic-off' : 'mic');
      attr(mic, 'data-muted', String(seat.muted));
      attr(mic, 'data-sending', String(sound.sending));
      attr(mic, 'aria-pressed', String(!seat.muted));
      text(micWords, seat.muted ? 'Mic is off' : away ? 'On, but not from here' : 'Mic is on');
    }
    text(requestWords, straightOn(room) ? 'Speak' : 'Request to speak');
    show(request, listening && !you.anonymous && !asking && !invited);
    show(withdraw, listening && asking);
    show(asked, listening && asking);
    show(signIn, listening && you.anonymous);
    show(soon, role === 'listener' && !live);
    hand.render();
    show(more.node, !you.anonymous);
    const offline = session.state !== 'connected';
    for (const button of node.querySelectorAll('button:not(.mic)'))
      button.disabled = offline && button !== share;
  }

  return { node, render };
}
