/**
 * A player of a recording or a clip: the sound, its waveform with a place to press, who spoke when,
 * reactions in time. What is said in it, and what may be done with it, belongs to others.
 *
 * @typedef {{src: string, growing: boolean, seconds: number, levels: [number, number][],
 *   marks: import('../wire/types.js').Mark[], reactions: [number, string, number][]}} Track `src` is
 *   another one when the same place is another sound; `growing` if more of it is written still
 */

import { attr, h, keyed, setIcon, show, text } from '../parts/dom.js';
import { counted, duration, position } from '../pure/format.js';
import { bars, barsPath, hues, lanes, percent, reactionParts } from '../pure/waveform.js';

const SVG = 'http://www.w3.org/2000/svg';
const BARS = 180;
const PARTS = 24;
const SKIP_SECONDS = 15;
const RATES = [1, 1.25, 1.5, 2, 0.75];
/** What is left at the end when it counts as played. */
const END_SECONDS = 0.2;

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
  let speed = RATES[0];
  /** How far the sound reaches that was loaded, seconds: it may be growing. */
  let loaded = 0;
  let loads = 0;
  /** The address of what is held in memory, if anything is. */
  let held = '';
  const audio = h('audio', { testid: 'audio' });
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
  const wave = h('div', { class: 'wave-box' }, behind.svg, ahead.svg, slider);
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

  /** Forget the sound; it is loaded when it is to be heard. */
  function unload() {
    loads += 1;
    loaded = 0;
    audio.pause();
    audio.removeAttribute('src');
    URL.revokeObjectURL(held);
    held = '';
  }

  /**
   * Load the sound as it is now, and be at the present place in it.
   *
   * @returns {Promise<boolean>} whether it was still wanted
   */
  async function load() {
    unload();
    const mine = loads;
    const { growing, src, seconds } = track;
    let from = src;
    if (growing) {
      // What is still written comes without ranges, so a place in it is found only once all is here.
      const reply = await fetch(src);
      if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
      const sound = await reply.blob();
      if (mine !== loads) return false;
      from = held = URL.createObjectURL(sound);
    }
    loaded = seconds;
    audio.src = from;
    audio.currentTime = at;
    audio.playbackRate = speed;
    return true;
  }

  function seek(place) {
    if (!track) return;
    at = Math.min(track.seconds, Math.max(0, place));
    if (at < loaded) audio.currentTime = at;
    else if (!audio.paused) start();
    draw();
    moved(at);
  }

  async function start() {
    try {
      if ((loaded && at < loaded) || (await load())) await audio.play();
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
    if (at >= track.seconds - END_SECONDS) seek(0);
    start();
  }

  function faster() {
    speed = RATES[(RATES.indexOf(speed) + 1) % RATES.length];
    audio.playbackRate = speed;
    text(rate, `${speed}×`);
  }

  function follow() {
    if (!track || !loaded || audio.seeking) return;
    at = Math.max(0, Math.min(track.seconds, audio.currentTime));
    draw();
    moved(at);
  }

  function ended() {
    // It has grown since it was loaded: go on with what there is now.
    if (track && track.seconds > loaded + END_SECONDS) {
      at = loaded;
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
  // Taking the sound away is told as an error too, by browsers that hold it for one.
  audio.addEventListener('error', () => loaded && failed());
  draw();

  return {
    node,
    seek,
    get at() {
      return at;
    },
    /** Show this track; the place in it stays if it is the same sound. @param {Track} next */
    render(next) {
      if (track && track.src !== next.src) {
        unload();
        at = 0;
      }
      track = next;
      attr(slider, 'max', track.seconds);
      const path = barsPath(bars(track.levels, track.seconds, BARS));
      for (const part of [behind, ahead]) attr(part.path, 'd', path);
      drawVoices();
      drawCheer();
      draw();
    },
    destroy: unload,
  };
}
