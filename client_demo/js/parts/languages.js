/** A choice of languages, by their names. */

import { languageName } from '../pure/format.js';
import { h, keyed } from './dom.js';

const OFFERED = [
  'en',
  'ko',
  'ja',
  'zh',
  'es',
  'pt',
  'fr',
  'de',
  'id',
  'th',
  'vi',
  'tr',
  'ar',
  'hi',
];

/** `offer` adds one that is not usual. */
export function languageChoice(testid) {
  const node = h('select', { testid });
  /** @param {string} [more] */
  function offer(more) {
    const all = [...new Set([...(more ? [more] : []), ...OFFERED])];
    keyed(
      node,
      all,
      (tag) => tag,
      (tag) => h('option', { value: tag }, languageName(tag)),
    );
  }
  offer();
  return { node, offer };
}
