/**
 * Which questions this tab has voted for: the server tells how many did, not who. Kept in
 * sessionStorage, like the identity that voted.
 */

/** @param {string} member @param {Storage} [storage] */
export function votesOf(member, storage = globalThis.sessionStorage) {
  const keyOf = (room) => `afterparty.votes.${member}.${room}`;

  /** @returns {string[]} */
  function read(room) {
    try {
      return JSON.parse(storage.getItem(keyOf(room)) ?? '[]');
    } catch {
      return [];
    }
  }

  return {
    has: (room, question) => read(room).includes(question),
    keep(room, question, wanted) {
      const others = read(room).filter((one) => one !== question);
      storage.setItem(keyOf(room), JSON.stringify(wanted ? [...others, question] : others));
    },
  };
}
