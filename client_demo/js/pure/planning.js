/**
 * What may be planned: how far ahead by which rules, how a date field is read and filled, what a
 * list of topics or handles says. Pure; the server judges all of it again.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const TITLE_LONGEST = 70;
export const DESCRIPTION_LONGEST = 280;
export const TOPICS_MOST = 3;
const TOPIC_LONGEST = 30;

/**
 * The rules a room can have, by name.
 *
 * @type {Record<string, {label: string, days: number, cohosts: number, speakers: number}>}
 */
export const RULES = {
  current: { label: 'Today: two co-hosts, ten speakers', days: 30, cohosts: 2, speakers: 10 },
  '2021h1': {
    label: 'First half of 2021: ten speakers, no co-hosts',
    days: 14,
    cohosts: 0,
    speakers: 10,
  },
};

export const SPEAK_WORDS = {
  invited: 'Only people who are invited',
  followed: 'People the host follows',
  everyone: 'Everyone',
};

const two = (value) => String(value).padStart(2, '0');

/** A time as a `datetime-local` field holds it, in the reader's own zone, to the minute. */
export function dateField(at) {
  const date = new Date(at * 1000);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** What a `datetime-local` field holds, in seconds since the Unix epoch; NaN if it is empty. */
export const dateOf = (value) => new Date(value).getTime() / 1000;

/** The first full quarter of an hour that is at least half an hour away. */
export const usualStart = (now) => Math.ceil((now + 30 * MINUTE) / (15 * MINUTE)) * 15 * MINUTE;

/** The last moment that may be planned. */
export const latest = (now, rules) => now + RULES[rules].days * DAY;

/**
 * Why a room cannot be scheduled for that time.
 *
 * @param {number} at
 * @param {number} now
 * @param {string} rules
 * @returns {string} empty if it can
 */
export function whyNot(at, now, rules) {
  if (Number.isNaN(at)) return 'Choose a date and a time.';
  if (at <= now) return 'That is in the past.';
  if (at > latest(now, rules))
    return `By these rules a room is scheduled at most ${RULES[rules].days} days ahead.`;
  return '';
}

/** How long it is until then: "in 3 days", "in 2 h 05 min", "in 4:09". */
export function untilWords(at, now) {
  const left = Math.ceil(at - now);
  if (left <= 0) return 'any moment now';
  if (left >= 2 * DAY) return `in ${Math.floor(left / DAY)} days`;
  if (left >= HOUR)
    return `in ${Math.floor(left / HOUR)} h ${two(Math.floor((left % HOUR) / MINUTE))} min`;
  return `in ${Math.floor(left / MINUTE)}:${two(left % MINUTE)}`;
}

/** A countdown in parts that can each be shown large; days only if there are any. */
export function countdownParts(at, now) {
  const left = Math.max(0, Math.ceil(at - now));
  const days = Math.floor(left / DAY);
  return [
    ...(days ? [{ unit: 'days', value: String(days) }] : []),
    { unit: 'hours', value: two(Math.floor((left % DAY) / HOUR)) },
    { unit: 'minutes', value: two(Math.floor((left % HOUR) / MINUTE)) },
    { unit: 'seconds', value: two(left % MINUTE) },
  ];
}

/** Topics as typed, with commas between: each once, without a number sign. */
export function topicsOf(typed) {
  const found = typed.split(/[,\n]/).map((topic) => topic.trim().replace(/^#+/, '').trim());
  const seen = new Set();
  return found.filter((topic) => {
    const key = topic.toLowerCase();
    if (!topic || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** What is wrong with a list of topics; empty if nothing is. */
export function topicsTrouble(topics) {
  if (topics.length > TOPICS_MOST) return `A room has up to ${TOPICS_MOST} topics.`;
  const long = topics.find((topic) => [...topic].length > TOPIC_LONGEST);
  return long ? `A topic has up to ${TOPIC_LONGEST} characters: “${long}” has more.` : '';
}

/** What is wrong with a list of handles; empty if nothing is. */
export function handlesTrouble(handles, most) {
  const wrong = handles.find((handle) => !/^[A-Za-z0-9_.-]{1,64}$/.test(handle));
  if (wrong) return `“${wrong}” is no handle: those have letters, digits, _, . and -.`;
  return handles.length > most ? `There are ${most} places, and ${handles.length} are named.` : '';
}

/** Handles as typed, with commas or spaces between. */
export const handlesOf = (typed) => [
  ...new Set(
    typed
      .split(/[\s,]+/)
      .map((handle) => handle.replace(/^@+/, ''))
      .filter(Boolean),
  ),
];
