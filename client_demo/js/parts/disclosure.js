/** A button in the page's head that opens a panel under it; Escape or a press elsewhere closes it. */

import { attr, h, show } from './dom.js';

/**
 * @param {{label: string, testid: string, face: Node[], opened?: () => void}} options
 * @param {...Node} inside
 */
export function makeDisclosure({ label, testid, face, opened = () => {} }, ...inside) {
  const panel = h('div', { class: 'drop panel', id: `${testid}-panel`, testid: `${testid}-panel` });
  panel.append(...inside);
  const button = h(
    'button',
    {
      class: 'button quiet head-button',
      type: 'button',
      testid,
      'aria-label': label,
      'aria-controls': panel.id,
      'aria-expanded': 'false',
      onclick: () => set(panel.hidden),
    },
    ...face,
  );
  const node = h('div', { class: 'disclosure' }, button, panel);
  show(panel, false);

  function set(open) {
    show(panel, open);
    attr(button, 'aria-expanded', String(open));
    if (open) opened();
  }

  document.addEventListener('click', (event) => {
    // What was pressed may be gone from the panel by now, so the way it went is asked.
    if (!panel.hidden && !event.composedPath().includes(node)) set(false);
  });
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || panel.hidden) return;
    set(false);
    button.focus();
  });
  return { node, button, close: () => set(false) };
}
