/**
 * A button that opens a small menu. The browser's own popover closes it on Escape and on any press
 * elsewhere, and gives the focus back; the arrow keys walk it.
 */

import { h } from './dom.js';

const EDGE_PIXELS = 8;

const STEPS = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Put a popover under what opened it, within the window. */
export function placeUnder(popover, opener) {
  const { left, bottom, top } = opener.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const under = bottom + height + EDGE_PIXELS <= innerHeight;
  const x = Math.max(EDGE_PIXELS, Math.min(left, innerWidth - width - EDGE_PIXELS));
  const y = under ? bottom + 4 : Math.max(EDGE_PIXELS, top - height - 4);
  popover.style.setProperty('left', `${x}px`);
  popover.style.setProperty('top', `${y}px`);
}

/**
 * @typedef {{words: string, testid: string, run: () => void, danger?: boolean}} Choice
 * @param {{label: string, testid: string, choices: () => Choice[]}} options `choices` is asked each
 *   time the menu opens
 */
export function makeMenu({ label, testid, choices }) {
  const list = h('div', { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': label });
  const button = h(
    'button',
    {
      class: 'mini menu-button',
      type: 'button',
      testid,
      'aria-haspopup': 'menu',
      'aria-label': label,
    },
    '⋯',
  );
  button.popoverTargetElement = list;

  const makeItem = ({ words, testid: id, run, danger }) =>
    h(
      'button',
      {
        class: danger ? 'menu-item menu-danger' : 'menu-item',
        type: 'button',
        role: 'menuitem',
        testid: id,
        tabindex: '-1',
        onclick: () => {
          list.hidePopover();
          run();
        },
      },
      words,
    );

  list.addEventListener('beforetoggle', ({ newState }) => {
    if (newState === 'open') list.replaceChildren(...choices().map(makeItem));
  });
  list.addEventListener('toggle', ({ newState }) => {
    if (newState !== 'open') return;
    placeUnder(list, button);
    list.firstElementChild?.focus();
  });
  list.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...list.children];
    items[step(items.indexOf(document.activeElement), items.length)]?.focus();
  });
  return { node: h('span', { class: 'menu-holder' }, button, list), button };
}
