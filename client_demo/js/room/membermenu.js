/** The menu of one member, on the stage and in the guest list: whatever I may do to them. */

import { ask } from '../parts/ask.js';
import { attr, show } from '../parts/dom.js';
import { makeMenu } from '../parts/menu.js';
import { toast } from '../parts/toast.js';
import { deedsOn } from '../pure/moderation.js';
import { openReport } from './report.js';

/**
 * What each deed is called, and what it does.
 *
 * @type {Record<string, {words: string, danger?: boolean,
 *   run: (scene: import('./room.js').Scene, other: {member: string, name: string}) => any}>}
 */
const DEEDS = {
  mute: { words: 'Mute', run: ({ act }, { member }) => act('mute', { member }) },
  demote: { words: 'To listeners', run: ({ act }, { member }) => act('demote', { member }) },
  invite_speaker: {
    words: 'Invite to speak',
    run: (scene, other) => invite(scene, other, 'speaker'),
  },
  invite_cohost: {
    words: 'Invite as co-host',
    run: (scene, other) => invite(scene, other, 'cohost'),
  },
  remove: {
    words: 'Remove',
    danger: true,
    run: ({ act }, { member }) => act('remove', { member }),
  },
  block: { words: 'Block…', danger: true, run: block },
  report: { words: 'Report…', run: (scene, other) => openReport(scene, other) },
};

async function invite({ act }, { member, name }, role) {
  if (await act('invite', { member, role })) toast(`${name} is invited.`, 'good');
}

async function block({ act, session }, { member, name }) {
  const out = 'They are put out of this room at once, and cannot come back under that account';
  const sure = await ask({
    title: `Block ${name}?`,
    words: session.role === 'host' ? `${out}, nor into any other room that you host.` : `${out}.`,
    yes: 'Block',
    testid: 'block-confirm',
  });
  if (sure) await act('block', { member });
}

/**
 * @param {import('./room.js').Scene} scene
 * @param {string} member
 * @param {string} [where] before the member in test identities, where a member may have two menus
 */
export function makeMemberMenu(scene, member, where = '') {
  /** @type {{member: string, name: string, role: import('../wire/types.js').Role, muted?: boolean}} */
  let other = { member, name: member, role: 'listener' };
  const { node, button } = makeMenu({
    label: '',
    testid: `${where}menu-${member}`,
    choices: () => {
      const { room, you, role } = scene.session;
      return deedsOn(room, { ...you, role }, other).map((deed) => ({
        ...DEEDS[deed],
        testid: `${deed}-${member}`,
        run: () => DEEDS[deed].run(scene, other),
      }));
    },
  });
  return {
    node,
    /** @param {typeof other} now */
    render(now) {
      other = now;
      const { you, role } = scene.session;
      attr(button, 'aria-label', `What to do about ${now.name}`);
      show(node, deedsOn(scene.session.room, { ...you, role }, now).length > 0);
    },
  };
}
