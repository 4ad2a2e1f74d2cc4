/** Who is on the stage, and the audience before it: round avatars in groups, voices in violet. */

import { h, keyed, show, text } from '../parts/dom.js';
import { counted } from '../pure/format.js';
import { makeAudience } from './audience.js';
import { makeSeat } from './seat.js';

const GROUPS = [
  ['host', 'Host'],
  ['cohost', 'Co-hosts'],
  ['speaker', 'Speakers'],
];

/** @type {any} stands for all the open spots of a group; a colon is in no member's identity */
const OPEN_SPOT = { member: ':open' };

/** @param {import('./room.js').Scene} scene @param {HTMLElement} first what stands above it all */
export function makeStage(scene, first) {
  const { session } = scene;
  /** @type {Map<string, number>} member to loudness */
  let levels = new Map();
  /** @type {WeakMap<Element, ReturnType<typeof makeSeat>>} */
  const seats = new WeakMap();
  const audience = makeAudience(scene);

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
  const node = h(
    'div',
    { class: 'stage panel' },
    first,
    ...groups.map((group) => group.node),
    audience.node,
  );

  function create({ member }) {
    const seat = makeSeat(scene, member);
    seats.set(seat.node, seat);
    return seat.node;
  }

  function render() {
    const { room, role } = session;
    const places = { cohost: room.cohost_places, speaker: room.speaker_places };
    for (const group of groups) {
      const taken = room.seats.filter((seat) => seat.role === group.role);
      const open = Math.max(0, (places[group.role] ?? 0) - taken.length);
      const shown = open ? [...taken, OPEN_SPOT] : taken;
      keyed(
        group.list,
        shown,
        (seat) => seat.member,
        (seat) => (seat === OPEN_SPOT ? group.spot : create(seat)),
        (item, seat) => seats.get(item)?.render(seat, levels.get(seat.member)),
      );
      text(group.spots, counted(open, 'open spot'));
      // Without co-hosts, their open spots are of interest only to whoever could fill them.
      show(
        group.node,
        taken.length > 0 || group.role === 'speaker' || (role === 'host' && open > 0),
      );
    }
    audience.render();
  }

  return {
    node,
    render,
    /** Where a member is to be seen; who is not, and "", is in the audience. */
    faceOf(member) {
      const seat = member && node.querySelector(`[data-member="${CSS.escape(member)}"] .ring`);
      if (seat) return seat;
      const own = member === session.you?.member && session.role === 'listener';
      return own ? audience.mine : audience.crowd;
    },
    /** @param {Map<string, number>} heard */
    speak(heard) {
      levels = heard;
      if (session.room) render();
    },
    /** The same view, another room: let the eye see it. */
    arrive() {
      levels = new Map();
      if (!node.isConnected) return;
      scrollTo({ top: 0, behavior: 'smooth' });
      node.classList.remove('arriving');
      requestAnimationFrame(() => node.classList.add('arriving'));
    },
  };
}
