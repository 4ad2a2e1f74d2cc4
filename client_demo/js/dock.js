/**
 * The room at the foot of another page: it goes on, is heard, and is one press away. Knows the
 * session it shows and nothing of the room's view.
 */

import { simulationTag } from './parts/card.js';
import { attr, h, icon, setIcon, show, text } from './parts/dom.js';
import { toastError } from './parts/toast.js';
import { isOver } from './pure/evolution.js';
import { listenersOf, stateName } from './pure/format.js';
import { toggleMic } from './sound/mic.js';

/** @param {import('./main.js').App} app */
export function makeDock(app) {
  let listening = new AbortController();
  const title = h('strong', {});
  const told = h('span', { class: 'dim small', testid: 'dock-state' });
  const simulated = simulationTag();
  const open = h(
    'button',
    {
      class: 'dock-open grow',
      testid: 'dock-open',
      title: 'Back to the room',
      onclick: () => app.restore(),
    },
    h('span', { class: 'dock-words' }, title, told, simulated),
  );
  const micIcon = h('span', {});
  const mic = h(
    'button',
    {
      class: 'button mic round',
      testid: 'dock-mic',
      onclick: () => toggleMic(app).catch(toastError),
    },
    micIcon,
  );
  const leave = h(
    'button',
    {
      class: 'button quiet round',
      testid: 'dock-leave',
      'aria-label': 'Leave the room',
      title: 'Leave',
      onclick: () => app.leave(),
    },
    icon('leave'),
  );
  const node = h(
    'section',
    { class: 'dock', testid: 'dock', 'aria-label': 'The room you are in', hidden: true },
    open,
    mic,
    leave,
  );

  function render() {
    const { session, sound } = app;
    if (!session?.room) return;
    const { room, seat, role } = session;
    const counts = session.counts[room.room];
    text(title, room.title);
    show(simulated, room.simulated);
    const alive = session.state !== 'closed' && !isOver(room);
    text(told, isOver(room) ? stateName(room) : alive ? listenersOf(counts) : 'You are out of it');
    show(mic, Boolean(seat) && alive);
    if (seat) {
      setIcon(micIcon, seat.muted ? 'mic-off' : 'mic');
      attr(mic, 'data-muted', String(seat.muted));
      attr(mic, 'data-sending', String(sound.sending));
      attr(mic, 'aria-label', seat.muted ? 'Open the microphone' : 'Close the microphone');
    }
    // A host's way out asks what becomes of the room, and stands in the room.
    show(leave, role !== 'host' || !alive || room.state !== 'live');
  }

  return {
    node,
    open() {
      listening = new AbortController();
      const { signal } = listening;
      for (const type of ['state', 'room', 'counts', 'moved'])
        app.session.addEventListener(type, render, { signal });
      app.sound.addEventListener('mic', render, { signal });
      show(node, true);
      render();
    },
    close() {
      listening.abort();
      show(node, false);
    },
  };
}
