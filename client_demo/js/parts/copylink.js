/** A link of this page, copied; or told, where the browser does not let it be copied. */

import { toast } from './toast.js';

/** @param {string} path */
export async function copyLink(path) {
  const { href } = new URL(path, location.href);
  try {
    await navigator.clipboard.writeText(href);
    toast('The link is copied.', 'good');
  } catch {
    toast(`The link: ${href}`);
  }
}
