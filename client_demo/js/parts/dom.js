/** The few DOM helpers that the views share. No inline styles or scripts: the page's CSP bars them. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element.
 *
 * @param {string} tag
 * @param {Record<string, any>} [props] `class`, `testid`, `on…` listeners, `data-…`, `aria-…` and
 *   other attributes; `true` sets an empty one, `false`, `null` and `undefined` none
 * @param {...any} children nodes and strings; what is falsy is left out
 * @returns {any} the element, of whichever kind the tag makes
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2).toLowerCase(), value);
    else attr(node, key === 'testid' ? 'data-testid' : key, value);
  }
  node.append(...children.filter(Boolean));
  return node;
}

/** Set an attribute if it differs; `false`, `null` and `undefined` remove it. */
export function attr(node, key, value) {
  if (value === false || value === null || value === undefined) {
    if (node.hasAttribute(key)) node.removeAttribute(key);
    return;
  }
  const text = value === true ? '' : String(value);
  if (node.getAttribute(key) !== text) node.setAttribute(key, text);
}

/** Set the text if it differs, so that nothing flickers and nothing is announced twice. */
export function text(node, value) {
  const wanted = String(value);
  if (node.textContent !== wanted) node.textContent = wanted;
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/**
 * Make a parent's children match a list, by key: known ones are kept and updated, moved only if
 * their place changed.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} create
 * @param {(node: any, item: T) => void} [update]
 */
export function keyed(parent, items, keyOf, create, update = () => {}) {
  const known = new Map(
    [...parent.children].map((child) => [child.getAttribute('data-key'), child]),
  );
  const { activeElement } = document;
  const focused = parent.contains?.(activeElement) ? activeElement : null;
  items.forEach((item, index) => {
    const key = keyOf(item);
    let node = known.get(key);
    known.delete(key);
    if (!node) {
      node = create(item);
      node.setAttribute('data-key', key);
    }
    update(node, item);
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
  // Whatever is left stands behind the wanted ones: gone, or a second one of the same key.
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  // Whatever was moved has lost the focus by it.
  if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement)
    focused.focus({ preventScroll: true });
}

/** Parts with a dot between, none of which turns the direction of its neighbour. */
export const dotted = (...parts) =>
  parts
    .filter(Boolean)
    .flatMap((part) => [' · ', part instanceof Node ? part : h('bdi', {}, part)])
    .slice(1);

/**
 * Something that is made anew only if what it shows has changed: who reads or tabs through it is
 * not thrown out of it each time that the page has asked.
 *
 * @param {Element} node @param {(shown: any) => Node[]} make
 */
export function remade(node, make) {
  let last = '';
  return (shown) => {
    const now = JSON.stringify(shown);
    if (now === last) return;
    last = now;
    node.replaceChildren(...make(shown));
  };
}

const ICONS = {
  mic: 'M12 15a4 4 0 0 0 4-4V6a4 4 0 0 0-8 0v5a4 4 0 0 0 4 4Zm7-4a7 7 0 0 1-6 6.9V21h-2v-3.1A7 7 0 0 1 5 11h2a5 5 0 0 0 10 0Z',
  'mic-off':
    'M3.3 2 2 3.3l6 6V11a4 4 0 0 0 5.6 3.7l1.5 1.5A5 5 0 0 1 7 11H5a7 7 0 0 0 6 6.9V21h2v-3.1a7 7 0 0 0 3.5-1.3L20.7 22 22 20.7ZM16 6a4 4 0 0 0-7.6-1.7L16 11.9Zm3 5h-2c0 .8-.2 1.6-.5 2.3l1.5 1.5c.6-1.1 1-2.4 1-3.8Z',
  people:
    'M9 11a4 4 0 1 0-4-4 4 4 0 0 0 4 4Zm7 0a3 3 0 1 0-2-5.3 6 6 0 0 1 0 4.5c.6.5 1.3.8 2 .8ZM9 13c-4 0-7 2-7 4.5V20h14v-2.5C16 15 13 13 9 13Zm7.5.1c1.6 1.1 2.5 2.6 2.5 4.4V20h4v-2.5c0-2.5-2.9-4.3-6.5-4.4Z',
  link: 'M10.6 13.4a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7l-1.7 1.7 1.4 1.4 1.7-1.7a2 2 0 0 1 2.9 2.9L14.9 12a2 2 0 0 1-2.9 0Zm2.8-2.8a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7l1.7-1.7-1.4-1.4-1.7 1.7a2 2 0 0 1-2.9-2.9L9.1 12a2 2 0 0 1 2.9 0Z',
  hand: 'M13 2a1.5 1.5 0 0 0-1.5 1.5V11h-1V4.5a1.5 1.5 0 0 0-3 0V13l-1.8-2a1.6 1.6 0 0 0-2.5 2l4.3 6.5A5 5 0 0 0 11.7 22H14a5.5 5.5 0 0 0 5.5-5.5V7a1.5 1.5 0 0 0-3 0v4h-1V4.5A1.5 1.5 0 0 0 13 2Z',
  down: 'M12 15.6 4.7 8.3l1.4-1.4 5.9 5.9 5.9-5.9 1.4 1.4Z',
  leave:
    'm6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4Z',
  move: 'M4 11h11.2l-4.1-4.1L12.5 5.5 19 12l-6.5 6.5-1.4-1.4 4.1-4.1H4ZM20 4h2v16h-2Z',
  bell: 'M12 22a2.5 2.5 0 0 0 2.4-2H9.6a2.5 2.5 0 0 0 2.4 2Zm7-6v-5.5a7 7 0 0 0-5.5-6.8V3a1.5 1.5 0 0 0-3 0v.7A7 7 0 0 0 5 10.5V16l-2 2v1h18v-1Z',
  play: 'M7 4.5v15a1 1 0 0 0 1.5.9l12-7.5a1 1 0 0 0 0-1.8l-12-7.5A1 1 0 0 0 7 4.5Z',
  pause: 'M6 4h4.5v16H6Zm7.5 0H18v16h-4.5Z',
  back: 'M20 11H8.8l4.1-4.1-1.4-1.4L5 12l6.5 6.5 1.4-1.4L8.8 13H20Z',
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', class: 'icon' })) {
    svg.setAttribute(key, value);
  }
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** Change which icon stands in a holder, if it differs. */
export function setIcon(holder, name) {
  if (holder.dataset.icon === name) return;
  holder.dataset.icon = name;
  holder.replaceChildren(icon(name));
}
