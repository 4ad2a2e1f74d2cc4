/**
 * This browser's sound: one peer connection for as long as the session lasts, through every role
 * and every handoff. Becoming a speaker is `replaceTrack`; nothing is ever renegotiated. It knows
 * the session and an <audio> element, and nothing else of the page.
 *
 * @import {Session} from '../wire/protocol.js'
 */

import { SpeakingMeter } from '../pure/speaking.js';
import { Refusal } from '../wire/link.js';

const MIC = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const METER_HZ = 8;
const PATIENCE_SECONDS = [0.5, 1, 2, 4, 8, 15];

const MIC_TROUBLE = {
  NotAllowedError:
    'The browser does not let this page use the microphone. Allow it, then try again.',
  NotFoundError: 'No microphone was found.',
  NotReadableError: 'The microphone is in use by another program.',
};

/**
 * Events: `state` (none, connecting, connected or gone), `speaking` (a Map of member to loudness),
 * `mic` (whether this browser sends a microphone), `blocked` (the browser wants a click first).
 */
export class Sound extends EventTarget {
  /** @type {'none'|'connecting'|'connected'|'gone'} */
  state = 'none';
  /** @type {RTCPeerConnection|null} */
  pc = null;

  #session;
  #audio;
  #meter = new SpeakingMeter();
  /** @type {RTCRtpSender|null} */
  #sender = null;
  /** @type {RTCRtpReceiver|null} */
  #receiver = null;
  /** @type {MediaStreamTrack|null} */
  #track = null;
  /** @type {MediaStreamTrack|null} what the sender was last asked to send */
  #asked = null;
  #poll;
  #retry = null;
  #attempt = 0;
  #last = '';
  #unlisten = new AbortController();

  /** @param {Session} session @param {HTMLAudioElement} audio */
  constructor(session, audio) {
    super();
    this.#session = session;
    this.#audio = audio;
    const on = (type, run) =>
      session.addEventListener(type, run, { signal: this.#unlisten.signal });
    on('welcome', ({ detail }) => {
      if (!detail.sound || !this.pc?.remoteDescription) this.#restart();
    });
    on('media_state', ({ detail }) => {
      if (detail.state === 'gone') this.#gone();
      else if (this.pc) this.#enter('connected');
    });
    on('moved', () => this.#meter.reset());
    on('room', () => this.#follow());
    this.#poll = setInterval(() => this.#measure(), 1000 / METER_HZ);
  }

  /** Whether this browser sends a microphone now. */
  get sending() {
    return Boolean(this.#sender?.track);
  }

  /**
   * Have the microphone ready, asking the person the first time.
   *
   * @throws {Refusal} in words, if there is none or it is not allowed
   */
  async openMic() {
    if (this.#track?.readyState === 'live') return;
    if (!navigator.mediaDevices) {
      throw new Refusal(
        'no_microphone',
        'A microphone needs a page served over HTTPS or localhost.',
      );
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: MIC });
      const [track] = stream.getAudioTracks();
      // The room may have been left while the person was asked.
      if (this.#unlisten.signal.aborted) {
        track.stop();
        return;
      }
      track.onended = () => this.#unplugged(track);
      this.#track = track;
    } catch (error) {
      const words = MIC_TROUBLE[error.name] ?? 'The microphone could not be opened.';
      throw new Refusal('no_microphone', words);
    }
    this.#follow();
  }

  /** Give everything back. */
  close() {
    this.#unlisten.abort();
    clearInterval(this.#poll);
    this.#hangUp();
    this.#releaseMic();
    this.#enter('none');
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    if (state === 'connected') this.#attempt = 0;
    this.#tell('state', state);
  }

  #hangUp() {
    clearTimeout(this.#retry);
    this.pc?.close();
    this.pc = null;
    this.#sender = null;
    this.#receiver = null;
    this.#asked = null;
    this.#meter.reset();
  }

  /** The device went away while it was in use. */
  #unplugged(track) {
    if (track === this.#track) this.#track = null;
    this.#follow();
  }

  #releaseMic() {
    this.#track?.stop();
    this.#track = null;
  }

  /** A new peer connection, because there is none or the old one is dead. */
  async #restart() {
    this.#hangUp();
    this.#enter('connecting');
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.pc = pc;
    pc.ontrack = ({ track }) => this.#hear(track);
    pc.onconnectionstatechange = () => {
      if (pc !== this.pc) return;
      if (pc.connectionState === 'connected') this.#enter('connected');
      if (pc.connectionState === 'failed') this.#lost();
    };
    const { sender, receiver } = pc.addTransceiver('audio', { direction: 'sendrecv' });
    this.#sender = sender;
    this.#receiver = receiver;
    try {
      await pc.setLocalDescription();
      // No waiting for candidates: the server answers whoever authenticates.
      const { sdp } = await this.#session.send('media_offer', { sdp: pc.localDescription.sdp });
      if (pc !== this.pc) return;
      await pc.setRemoteDescription({ type: 'answer', sdp });
      this.#follow();
    } catch (error) {
      if (pc === this.pc) this.#refused(error);
    }
  }

  #refused(error) {
    // A broken connection brings its own new start, with the next welcome.
    if (error.code === 'connection_lost' || error.code === 'offline') return;
    if (error.code === 'media_exists') this.#lost();
    else this.#gone();
  }

  /** Our side is dead, and the server may not know it yet. */
  #lost() {
    this.#session.send('media_close').catch(() => {});
    this.#gone();
  }

  #gone() {
    this.#hangUp();
    this.#enter('gone');
    const patience = PATIENCE_SECONDS[Math.min(this.#attempt, PATIENCE_SECONDS.length - 1)];
    this.#attempt += 1;
    this.#retry = setTimeout(() => {
      // Not connected: the next welcome says whether the sound must start anew.
      if (this.#session.state === 'connected') this.#restart();
    }, patience * 1000);
  }

  #hear(track) {
    this.#audio.srcObject = new MediaStream([track]);
    this.play();
  }

  /** Let the room be heard; a browser may want a click for that. */
  play() {
    this.#audio.play().catch((error) => {
      if (error.name === 'NotAllowedError') this.#tell('blocked', null);
    });
  }

  /** Send the microphone if, and only if, the room says that it is open. */
  #follow() {
    const seat = this.#session.seat;
    if (!seat) this.#releaseMic();
    const open = seat && !seat.muted && this.#session.room.state === 'live';
    const wanted = open ? this.#track : null;
    if (this.#track) this.#track.enabled = Boolean(open);
    if (!this.#sender || this.#asked === wanted) return;
    this.#asked = wanted;
    this.#sender
      .replaceTrack(wanted)
      .then(() => this.#tell('mic', this.sending))
      .catch(() => this.#tell('mic', false));
  }

  #measure() {
    const { room, you, speaking } = this.#session;
    if (!room || !you) return;
    const now = performance.now() / 1000;
    if (this.#receiver?.getContributingSources) {
      this.#meter.observe(this.#receiver.getContributingSources(), now);
    }
    const levels = this.#meter.levels(room.seats, speaking, you.member, now);
    const seen = JSON.stringify([...levels].map(([who, level]) => [who, level.toFixed(1)]));
    if (seen === this.#last) return;
    this.#last = seen;
    this.#tell('speaking', levels);
  }
}
