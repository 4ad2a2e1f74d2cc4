/** Skin tones of reactions, and which one this person uses. Pure but for the memory of it. */

const KEY = 'afterparty.tone';

/** None, then the five of Unicode's emoji modifiers, light to dark. */
export const TONES = ['', '🏻', '🏼', '🏽', '🏾', '🏿'];

export const TONE_NAMES = [
  'No skin tone',
  'Light',
  'Medium light',
  'Medium',
  'Medium dark',
  'Dark',
];

/** Whether a reaction shows skin. */
export const takesTone = (reaction) => /^\p{Emoji_Modifier_Base}\uFE0F?$/u.test(reaction);

/** A reaction in a skin tone; one that shows no skin is as it was. */
export const toned = (reaction, tone) =>
  tone && takesTone(reaction) ? reaction.replace('\uFE0F', '') + tone : reaction;

/** @returns {string} the tone that was chosen last in this browser */
export function rememberedTone(storage = localStorage) {
  const found = storage.getItem(KEY) ?? '';
  return TONES.includes(found) ? found : '';
}

export const rememberTone = (tone, storage = localStorage) => storage.setItem(KEY, tone);
