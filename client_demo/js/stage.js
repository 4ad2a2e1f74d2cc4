/** Who is on the stage, and how many listen: round avatars in groups, the voices ringed in violet. */

import { avatar, updateAvatar } from './avatar.js';
import { attr, h, keyed, setIcon, show, text } from './dom.js';
import { ROLE_NAMES, count, counted } from './format.js';

const GROUPS = [
  ['host', 'Host'],
  ['cohost', 'Co-hosts'],
  ['speaker', 'Speakers'],
];

/** Whom each role may mute and send back, as the protocol's table says. */
const MAY_ACT_ON = { host: ['cohost', 'speaker'], cohost: ['speaker'] };

/** Stands for all the open spots of a group; a colon is in no member's identity. */
const OPEN_SPOT = { member: ':open' };

/** @param {import('./room.js').Scene} scene */
export function makeStage({ session, act }) {
  /** @type {Map<string, number>} member to loudness */
  let levels = new Map();

  const groups = GROUPS.map(([role, title]) => {
    const spots = h('span', { class: 'spot-words' });
    const spot = h(
      'li',
      { class: 'spot' },
      h('span', { class: 'spot-ring', 'aria-hidden': 'true' }),
      spots,
    );
    const list = h('ul', { class: 'seats' });
    const node = h('section', { class: `group ${role}-group` }, h('h2', {}, title), list);
    return { role, spot, spots, list, node };
  });
  const me = h('li', { class: 'seat', testid: 'listener-me' });
  const mine = avatar({ member: '', handle: '', name: '' });
  const myName = h('span', { class: 'seat-name' });
  const myRole = h('span', { class: 'seat-role' });
  me.append(h('span', { class: 'ring' }, mine), myName, myRole);
  const rest = h('li', { class: 'rest', testid: 'more-listeners' });
  const listeners = h(
    'section',
    { class: 'group listener-group' },
    h('h2', {}, 'Listeners'),
    h('ul', { class: 'seats' }, me, rest),
  );
  const node = h('div', { class: 'stage panel' }, ...groups.map((group) => group.node), listeners);

  function makeSeat({ member }) {
    const tool = (word, type) =>
      h(
        'button',
        { class: 'mini', testid: `${type}-${member}`, onclick: () => act(type, { member }) },
        word,
      );
    const parts = {
      face: avatar({ member, handle: '', name: '' }),
      name: h('span', { class: 'seat-name' }),
      handle: h('span', { class: 'seat-handle' }),
      mic: h('span', { class: 'seat-mic' }),
      role: h('span', {}),
      mute: tool('Mute', 'mute'),
      demote: tool('To listeners', 'demote'),
    };
    parts.tools = h('span', { class: 'seat-tools' }, parts.mute, parts.demote);
    const seat = h(
      'li',
      { class: 'seat', testid: `seat-${member}` },
      h('span', { class: 'ring' }, parts.face),
      parts.name,
      parts.handle,
      h('span', { class: 'seat-role' }, parts.mic, parts.role),
      parts.tools,
    );
    seat.parts = parts;
    return seat;
  }

  function renderSeat(node_, seat) {
    const { parts } = node_;
    const own = seat.member === session.you.member;
    const level = levels.get(seat.member);
    updateAvatar(parts.face, seat);
    text(parts.name, own ? `${seat.name} (you)` : seat.name);
    text(parts.handle, `@${seat.handle || seat.member}`);
    setIcon(parts.mic, seat.muted ? 'mic-off' : 'mic');
    text(parts.role, ROLE_NAMES[seat.role]);
    attr(node_, 'data-role', seat.role);
    attr(node_, 'data-muted', String(seat.muted));
    attr(node_, 'data-speaking', String(level !== undefined));
    const said = level === undefined ? (seat.muted ? 'muted' : 'microphone open') : 'speaking';
    attr(node_, 'aria-label', `${seat.name}, ${ROLE_NAMES[seat.role]}, ${said}`);
    node_.style.setProperty('--level', (level ?? 0).toFixed(2));
    show(parts.tools, !own && (MAY_ACT_ON[session.role] ?? []).includes(seat.role));
    parts.mute.disabled = seat.muted;
    attr(parts.mute, 'aria-label', `Mute ${seat.name}`);
    attr(parts.demote, 'aria-label', `Make ${seat.name} a listener`);
  }

  function render() {
    const { room, you, role } = session;
    const places = { cohost: room.cohost_places, speaker: room.speaker_places };
    for (const group of groups) {
      const seats = room.seats.filter((seat) => seat.role === group.role);
      const open = Math.max(0, (places[group.role] ?? 0) - seats.length);
      const shown = open ? [...seats, OPEN_SPOT] : seats;
      const make = (seat) => (seat === OPEN_SPOT ? group.spot : makeSeat(seat));
      const update = (node_, seat) => seat === OPEN_SPOT || renderSeat(node_, seat);
      keyed(group.list, shown, (seat) => seat.member, make, update);
      text(group.spots, counted(open, 'open spot'));
      // Without co-hosts, their open spots are of interest only to whoever could fill them.
      show(
        group.node,
        seats.length > 0 || group.role === 'speaker' || (role === 'host' && open > 0),
      );
    }
    const listening = role === 'listener';
    const others = session.counts[room.room].listeners - (listening ? 1 : 0);
    updateAvatar(mine, you);
    text(myName, you.anonymous ? 'You' : `${you.name} (you)`);
    text(myRole, you.anonymous ? 'Anonymous' : 'Listener');
    show(me, listening);
    const nobody = listening ? 'Nobody else listens yet' : 'Nobody listens yet';
    text(
      rest,
      others > 0 ? `+${count(others)} ${others === 1 ? 'listener' : 'listeners'}` : nobody,
    );
  }

  return {
    node,
    render,
    /** @param {Map<string, number>} heard */
    speak(heard) {
      levels = heard;
      if (session.room) render();
    },
    /** The same view, another room: let the eye see it. */
    arrive() {
      levels = new Map();
      scrollTo({ top: 0, behavior: 'smooth' });
      node.classList.remove('arriving');
      requestAnimationFrame(() => node.classList.add('arriving'));
    },
  };
}
