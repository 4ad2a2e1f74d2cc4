/**
 * A host's ways out of a room: hand it to a co-host, hand the audience on, end it for everyone, or
 * just go away, which ends nothing until the grace period is over.
 */

import { ask } from '../parts/ask.js';
import { openDialog } from '../parts/dialog.js';
import { h } from '../parts/dom.js';
import { trouble } from '../parts/fields.js';
import { kindName } from '../pure/format.js';
import { mayOpen, siblingsOf } from '../who/siblings.js';
import * as api from '../wire/api.js';

/** The countdown when an audience is handed on from here, seconds. */
const HANDOVER_SECONDS = 10;

/** @param {import('./room.js').Scene} scene */
export async function openCancel({ session, act }) {
  const sure = await ask({
    title: `Cancel this ${kindName(session.room.kind)}?`,
    words: 'It will not take place.',
    yes: 'Cancel it',
    testid: 'end-confirm',
  });
  if (sure) await act('cancel');
}

/** @param {import('./room.js').Scene} scene */
export function openLeaving(scene) {
  const { app, session, me } = scene;
  const { room } = session;
  const kind = kindName(room.kind);
  const wrong = trouble();

  /** Close the dialog once it went through; tell in it why it did not. */
  const way = (look, testid, words, run) =>
    h(
      'button',
      {
        class: `button ${look} wide`,
        testid,
        onclick: () =>
          wrong.guard(async () => {
            await run();
            node.close();
          }),
      },
      words,
    );

  const heirs = room.seats
    .filter((seat) => seat.role === 'cohost')
    .map((seat) =>
      way('primary', `hand-to-${seat.member}`, `Hand over to ${seat.name}`, async () => {
        await session.leave(seat.member);
        app.leave();
      }),
    );
  const onward = h('div', { class: 'stack' });
  const node = openDialog(
    { title: `Leave this ${kind}?`, testid: 'leaving' },
    h(
      'div',
      { class: 'stack leaving' },
      ...heirs,
      onward,
      way('danger', 'end-confirm', 'End for everyone', () => session.send('end')),
      way('quiet', 'go-away', 'Just go away', async () => app.leave()),
      h(
        'p',
        { class: 'dim small' },
        `Going away, or closing this page, does not end the ${kind}: you stay its host, and it waits for you for a while.`,
      ),
      wrong.node,
      h(
        'form',
        { method: 'dialog', class: 'row end' },
        h('button', { class: 'button quiet' }, 'Stay'),
      ),
    ),
  );

  async function handOn(other) {
    if (mayOpen(other, me.member)) await api.command(me.token, other.room.room, 'open');
    const to_room = other.room.room;
    await session.send('offer_handoff', { to_room, seconds: HANDOVER_SECONDS, then_end: true });
  }

  siblingsOf(room).then(
    (others) => {
      const open = others.filter((one) => one.room.state === 'live' || mayOpen(one, me.member));
      onward.append(
        ...open.map((one) =>
          way(
            'primary',
            `then-end-${one.room.room}`,
            `Hand over to ${one.room.title}, then end`,
            () => handOn(one),
          ),
        ),
      );
    },
    () => {}, // without them there are the other ways
  );
}
