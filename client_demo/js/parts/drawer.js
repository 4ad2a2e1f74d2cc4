/** A drawer at the side of the page: open beside the room, closed by its button or Escape. */

import { attr, h, show } from './dom.js';

/** @type {{close: () => void}|null} the one that is open: two would hide each other */
let standing = null;

/**
 * @param {{title: string, testid: string, opened: () => void, closed?: () => void}} options
 * @param {...any} children
 */
export function makeDrawer({ title, testid, opened, closed = () => {} }, ...children) {
  let opener = null;
  const heading = h('h2', { tabindex: '-1', id: `${testid}-title` }, title);
  const node = h(
    'aside',
    {
      class: 'drawer',
      testid,
      id: testid,
      role: 'dialog',
      'aria-labelledby': `${testid}-title`,
      hidden: true,
      // A menu in it has an Escape of its own.
      onkeydown: ({ key, target }) => key === 'Escape' && !target.closest('[popover]') && close(),
    },
    h(
      'header',
      { class: 'drawer-head' },
      heading,
      h(
        'button',
        {
          class: 'toast-close',
          testid: `${testid}-close`,
          'aria-label': `Close ${title}`,
          onclick: () => close(),
        },
        '×',
      ),
    ),
    ...children,
  );
  const drawer = { node, open, close, toggle: (from) => (node.hidden ? open(from) : close()) };

  /** @param {HTMLElement} from the button that gets the focus back */
  function open(from) {
    if (standing && standing !== drawer) standing.close();
    standing = drawer;
    opener = from;
    attr(opener, 'aria-expanded', 'true');
    show(node, true);
    heading.focus();
    opened();
  }

  function close() {
    if (node.hidden) return;
    if (standing === drawer) standing = null;
    show(node, false);
    attr(opener, 'aria-expanded', 'false');
    opener.focus();
    closed();
  }

  return drawer;
}
