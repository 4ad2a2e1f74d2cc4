/** Inviting somebody onto the stage by handle, whether they are here or not. */

import { h, show } from '../parts/dom.js';
import { toast } from '../parts/toast.js';

/** @param {import('./room.js').Scene} scene */
export function makeInviting({ session, act }) {
  const invitee = h('input', {
    testid: 'invite-handle',
    required: true,
    maxlength: 64,
    placeholder: 'handle',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const role = h(
    'select',
    { testid: 'invite-role' },
    h('option', { value: 'speaker' }, 'as speaker'),
    h('option', { value: 'cohost' }, 'as co-host'),
  );
  const node = h(
    'form',
    { class: 'stack', onsubmit: send },
    h('h2', {}, 'Invite'),
    h(
      'div',
      { class: 'row' },
      h('label', { class: 'grow' }, h('span', { class: 'unseen' }, 'Handle to invite'), invitee),
      h('label', {}, h('span', { class: 'unseen' }, 'Role'), role),
      h('button', { class: 'button quiet', testid: 'invite-send' }, 'Invite'),
    ),
  );

  async function send(event) {
    event.preventDefault();
    const member = invitee.value.trim().replace(/^@/, '');
    if (await act('invite', { member, role: role.value })) {
      toast(`${member} is invited.`, 'good');
      invitee.value = '';
    }
  }

  function render() {
    const cohosts = session.role === 'host' && session.room.cohost_places > 0;
    show(role, cohosts);
    if (!cohosts) role.value = 'speaker';
  }

  return { node, render };
}
