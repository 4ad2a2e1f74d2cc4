/** Words and figures for people. Pure. */

const NUMBERS = new Intl.NumberFormat('en-US');

/** A count, exactly: 44208 is "44,208", never "44.2K". */
export const count = (value) => NUMBERS.format(value);

/** @param {number} value @param {string} one @param {string} [many] */
export const counted = (value, one, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

/** What stands behind a count of listeners: of whom nobody is. @param {{simulated?: number}} counts */
export const ofSimulated = ({ simulated }) => (simulated ? ` · ${count(simulated)} simulated` : '');

/** How many listen, and how many of them are simulated. */
export const listenersOf = (counts) => counted(counts.listeners, 'listener') + ofSimulated(counts);

/** What stands behind a peak. @param {{peak_simulated?: number}} counts */
export const ofPeakSimulated = ({ peak_simulated: simulated }) => ofSimulated({ simulated });

/** What kind of room it is, as a word in a sentence. */
export const kindName = (kind) => (kind === 'blueroom' ? 'Blueroom' : 'Space');

/** @param {import('../wire/types.js').Room} room */
export function stateName(room) {
  const kind = kindName(room.kind);
  return {
    scheduled: 'Not open yet',
    live: 'Live',
    ended: `This ${kind} has ended`,
    canceled: `This ${kind} was canceled`,
    timed_out: `This ${kind} ended because its host was gone too long`,
  }[room.state];
}

export const ROLE_NAMES = {
  host: 'Host',
  cohost: 'Co-host',
  speaker: 'Speaker',
  listener: 'Listener',
};

/** Up to two letters that stand for a person: initials, or the first syllables of a Korean name. */
export function initials(name) {
  const words = name
    .replace(/^@|\(.*?\)/g, '') // what stands in brackets is about the name, not of it
    .split(/[\s_.-]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (!words.length) return '–';
  const letters =
    words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...words[0]];
  return letters.slice(0, 2).join('').toUpperCase();
}

/** A hue from 0 to 359 that is always the same for the same handle. */
export function hue(handle) {
  let hash = 2166136261;
  for (const char of handle) hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
  return hash % 360;
}

/** Whole seconds left, never less than 0; the last second counts as 1. */
export const secondsLeft = (until, now) => Math.max(0, Math.ceil(until - now));

/** A length of time: "42 s", "1:05 min", "2:03:09 h". */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const two = (value) => String(value).padStart(2, '0');
  if (hours) return `${hours}:${two(minutes)}:${two(rest)} h`;
  return minutes ? `${minutes}:${two(rest)} min` : `${rest} s`;
}

/** A place in a recording: "0:09", "12:05", "1:02:03". */
export function position(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}

const LANGUAGES = new Intl.DisplayNames(['en'], { type: 'language' });

/** A language by its name, for people; the tag itself if it has none. */
export function languageName(tag) {
  try {
    return LANGUAGES.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** A time in the reader's own zone. */
export const clockTime = (at) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(at * 1000);

/** A ledger as one line that adds up in front of the reader. */
export const ledgerLine = ({ offered, moved, declined, lost }) =>
  `${count(offered)} offered = ${count(moved)} moved + ${count(declined)} stayed + ${count(lost)} lost`;

/** A name for a show or room that is not taken yet: from its title, and by chance. */
export function freshName(title, chance) {
  const stem = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${stem || 'room'}-${Math.floor(chance * 36 ** 5)
    .toString(36)
    .padStart(5, '0')}`;
}
