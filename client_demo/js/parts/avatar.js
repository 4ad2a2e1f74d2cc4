/** Round avatars: initials on a gradient that is always the same for the same handle. */

import { hue, initials } from '../pure/format.js';
import { h, text } from './dom.js';

/** @param {{member: string, handle: string, name: string}} person */
export function avatar(person, size = '') {
  const node = h('span', { class: `avatar ${size}`.trim(), 'aria-hidden': 'true' });
  updateAvatar(node, person);
  return node;
}

export function updateAvatar(node, { member, handle, name }) {
  text(node, initials(name || handle || member));
  node.style.setProperty('--hue', String(hue(handle || member)));
}
