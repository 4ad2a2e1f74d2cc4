/**
 * A player of a recording or a clip: the sound, its waveform with a place to press, who spoke when,
 * reactions in time. What is said in it, and what may be done with it, belongs to others.
 *
 * @typedef {{src: string, base: number, seconds: number, begin: number,
 *   levels: [number, number][], marks: import('./types.js').Mark[],
 *   reactions: [number, string, number][]}} Track offsets are seconds from `base`, which is where
 *   the track begins in the sound at `src`; `begin` is where playing begins
 */

import { attr, h, keyed, setIcon, show, text } from './dom.js';
import { counted, duration, position } from './format.js';
import { bars, barsPath, hues, lanes, percent, reactionParts } from './waveform.js';

const SVG = 'http://www.w3.org/2000/svg';
const BARS = 180;
const PARTS = 24;
const SKIP_SECONDS = 15;
const RATES = [1, 1.25, 1.5, 2, 0.75];

function drawing() {
  const path = document.createElementNS(SVG, 'path');
  const svg = document.createElementNS(SVG, 'svg');
  const looks = { viewBox: `0 0 ${BARS} 2`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  for (const [key, value] of Object.entries(looks)) svg.setAttribute(key, value);
  svg.append(path);
  return { svg, path };
}

/**
 * @param {{moved?: (at: number) => void, started?: () => void, failed?: () => void}} told `moved`
 *   of each new place, `started` when playing begins, `failed` when the sound cannot be had
 */
export function makePlayer({ moved = () => {}, started = () => {}, failed = () => {} }) {
  /** @type {Track|null} */
  let track = null;
  let at = 0;
  /** How far the sound reached when it was loaded: it may be growing. */
  let loaded = 0;
  const audio = h('audio', { preload: 'metadata', testid: 'audio' });
  const [behind, ahead] = [drawing(), drawing()];
  behind.svg.setAttribute('class', 'wave');
  ahead.svg.setAttribute('class', 'wave wave-played');
  const slider = h('input', {
    type: 'range',
    class: 'wave-slider',
    min: 0,
    step: 0.1,
    testid: 'position',
    'aria-label': 'Position',
    oninput: () => seek(Number(slider.value)),
  });
  const before = h('span', { class: 'wave-before', title: 'Left out of the replay' });
  const wave = h('div', { class: 'wave-box' }, behind.svg, ahead.svg, before, slider);
  const cheer = h('div', { class: 'cheer', testid: 'cheer' });
  const voices = h('div', { class: 'voices', testid: 'voices' });
  const face = h('span', {});
  const play = h(
    'button',
    { class: 'button primary play', type: 'button', testid: 'play', onclick: () => toggle() },
    face,
  );
  const skip = (by, words, label) =>
    h(
      'button',
      {
        class: 'button quiet skip-button',
        type: 'button',
        'aria-label': label,
        onclick: () => seek(at + by),
      },
      words,
    );
  const rate = h(
    'button',
    { class: 'button quiet skip-button', type: 'button', testid: 'rate', onclick: () => faster() },
    '1×',
  );
  const now = h('span', { class: 'play-now', testid: 'play-now' });
  const all = h('span', { class: 'dim', testid: 'play-all' });
  const node = h(
    'section',
    { class: 'player panel', testid: 'player', 'aria-label': 'Player' },
    cheer,
    wave,
    voices,
    h(
      'div',
      { class: 'transport' },
      play,
      skip(-SKIP_SECONDS, `−${SKIP_SECONDS} s`, `Back ${SKIP_SECONDS} seconds`),
      skip(SKIP_SECONDS, `+${SKIP_SECONDS} s`, `On ${SKIP_SECONDS} seconds`),
      h('span', { class: 'grow play-time' }, now, all),
      rate,
    ),
    audio,
  );

  /** Load the sound, anew if it has grown, and be at that place in it. */
  function load(place) {
    loaded = track.seconds;
    // What was had before is kept by the browser under its address, so a longer one has another.
    audio.src = `${track.src}?seconds=${Math.floor(track.base + track.seconds)}`;
    audio.currentTime = track.base + place;
    audio.playbackRate = Number.parseFloat(rate.textContent);
  }

  function seek(place) {
    if (!track) return;
    at = Math.min(track.seconds, Math.max(0, place));
    if (at >= loaded) {
      const going = !audio.paused;
      load(at);
      if (going) start();
    } else {
      audio.currentTime = track.base + at;
    }
    draw();
    moved(at);
  }

  async function start() {
    try {
      await audio.play();
    } catch (error) {
      // Another place was asked for before this one was there.
      if (error.name !== 'AbortError') failed();
    }
  }

  function toggle() {
    if (!track) return;
    if (!audio.paused) {
      audio.pause();
      return;
    }
    if (at >= track.seconds - 0.2) seek(track.begin);
    start();
  }

  function faster() {
    const next = RATES[(RATES.indexOf(audio.playbackRate) + 1) % RATES.length];
    audio.playbackRate = next;
    text(rate, `${next}×`);
  }

  function follow() {
    if (!track || audio.seeking) return;
    at = Math.max(0, Math.min(track.seconds, audio.currentTime - track.base));
    draw();
    moved(at);
  }

  function ended() {
    // It has grown since it was loaded: go on with what there is now.
    if (track && track.seconds > loaded + 1) {
      load(loaded);
      start();
    }
  }

  function draw() {
    const going = !audio.paused && !audio.ended;
    setIcon(face, going ? 'pause' : 'play');
    attr(play, 'aria-label', going ? 'Pause' : 'Play');
    attr(node, 'data-playing', String(going));
    if (!track) return;
    slider.value = String(at);
    attr(slider, 'aria-valuetext', `${position(at)} of ${position(track.seconds)}`);
    wave.style.setProperty('--played', `${percent(at, track.seconds)}%`);
    text(now, position(at));
    attr(now, 'data-at', at.toFixed(1));
    text(all, ` / ${position(track.seconds)}`);
  }

  function drawVoices() {
    const colours = hues(track.marks);
    keyed(
      voices,
      lanes(track.marks, track.seconds),
      (lane) => lane.member,
      () => h('div', { class: 'voice-lane' }, h('button', { type: 'button' }), h('div', {})),
      (row, lane) => {
        const [name, line] = row.children;
        row.style.setProperty('--hue', String(colours.get(lane.member)));
        attr(row, 'data-testid', `lane-${lane.member}`);
        text(name, lane.name);
        attr(name, 'aria-label', `${lane.name}, ${duration(lane.spoke)}: go to the first words`);
        name.onclick = () => seek(lane.parts[0].from);
        keyed(
          line,
          lane.parts,
          ({ from }) => String(from),
          () => h('span', { class: 'mark' }),
          (mark, { left, width }) => {
            mark.style.setProperty('--left', `${left}%`);
            mark.style.setProperty('--width', `${width}%`);
          },
        );
      },
    );
  }

  function drawCheer() {
    const parts = reactionParts(track.reactions, track.seconds, PARTS);
    const all_ = parts.reduce((sum, { times }) => sum + times, 0);
    keyed(
      cheer,
      parts.map((one, n) => ({ ...one, n })),
      ({ n }) => String(n),
      () => h('span', {}),
      (bar, { share, reaction, times }) => {
        bar.style.setProperty('--share', String(share));
        text(bar, share > 0.3 ? reaction : '');
        attr(bar, 'title', times ? `${reaction} ${counted(times, 'reaction')}` : null);
      },
    );
    attr(cheer, 'role', 'img');
    attr(cheer, 'aria-label', `Reactions over time, ${counted(all_, 'reaction')} in all`);
    show(cheer, all_ > 0);
  }

  for (const type of ['timeupdate', 'seeked']) audio.addEventListener(type, follow);
  for (const type of ['play', 'pause', 'ended']) audio.addEventListener(type, draw);
  audio.addEventListener('play', started);
  audio.addEventListener('ended', ended);
  audio.addEventListener('error', () => failed());
  draw();

  return {
    node,
    seek,
    get at() {
      return at;
    },
    /** Show this track; the place in it stays if it is the same sound. @param {Track} next */
    render(next) {
      const fresh = track?.src !== next.src || track.base !== next.base;
      track = next;
      attr(slider, 'max', track.seconds);
      const path = barsPath(bars(track.levels, track.seconds, BARS));
      for (const part of [behind, ahead]) attr(part.path, 'd', path);
      wave.style.setProperty('--before', `${percent(track.begin, track.seconds)}%`);
      show(before, track.begin > 0);
      drawVoices();
      drawCheer();
      if (fresh) {
        at = track.begin;
        load(at);
      }
      draw();
    },
    destroy() {
      audio.pause();
      audio.removeAttribute('src');
      audio.load();
    },
  };
}
