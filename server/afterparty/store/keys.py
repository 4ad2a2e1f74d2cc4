"""The name of every key and channel in Redis. Pure functions; the one door for ids.

All keys of one show carry the hash tag ``{show}``, so one script may touch them together on Redis
Cluster. The scripts get ``root(show)`` as their only key and derive the others as this table says.

==============================  =======  ===================================================
key                             type     holds
==============================  =======  ===================================================
``ap:{S}``                      string   the show's body (opaque)
``ap:{S}:rooms``                set      rooms of the show
``ap:{S}:log:R``                stream   the room log; entry ``n-0`` is event number n
``ap:{S}:stage:R``              set      members who hold a seat on the stage
``ap:{S}:in:R``                 hash     member -> their connections in the room, by spaces
``ap:{S}:sims:R``               hash     the same for members who are simulated
``ap:{S}:conns``                hash     connection -> ``node|member|room``
``ap:{S}:left``                 set      connections of the crowd that were told to go; expires
``ap:{S}:nodes``                set      nodes that hold connections
``ap:{S}:node:N``               set      connections that node N holds
``ap:{S}:leads``                hash     room -> ``node address epoch``: who mixes it
``ap:{S}:mixing:N``             string   node N mixes rooms of the show; expires
``ap:{S}:tuned:R``              set      members who ever entered
``ap:{S}:peak``                 hash     room -> most listeners at one instant, how many of them
                                         were simulated, and when that was
``ap:{S}:handing``              hash     room -> the handoff that is open from it
``ap:{S}:handoff:H``            hash     from, to, open, rest, and counts: moved, declined, lost
``ap:{S}:outcome:H``            hash     member -> moved, declined or lost
``ap:{S}:pending:H``            set      members who are offered; ``rest`` is what they became
``ap:{S}:reminded:R``           set      accounts to be told when room R begins
``ap:{S}:told``                 set      ``R:K``: all who are to have notice K of room R have it;
                                         for ``soon`` K names the time as well
``ap:{S}:telling:R:K``          string   which node writes notice K of room R; expires
``ap:{S}:questions:R``          hash     open question -> ``asker|body`` (the body opaque)
``ap:{S}:votes:R``              zset     open question -> minus its votes
``ap:{S}:asked:R``              zset     open question -> when it was asked
``ap:{S}:voters:R:Q``           set      members who want question Q answered
``ap:{S}:asking:R``             hash     member -> how many open questions they asked
``ap:{S}:voting:R``             hash     member -> how many votes they gave
``ap:{S}:names``                hash     connection -> what its member is called, if not by handle
``ap:{S}:recording:R``          hash     cut (ticks at the beginning), deleted
``ap:{S}:plays:R``              set      members who played the recording
``ap:{S}:reacted:R``            hash     ``moment reaction`` -> times, while it was recorded
``ap:{S}:once:T``               string   reactions by token T were added; expires
``ap:{S}:clips:R``              hash     clip of the recording -> its body (opaque)
``ap:{S}:clippers:R``           hash     member -> clips that they have made of it
``ap:clips``                    hash     clip -> room (index, outside of any tag)
``ap:shows``                    set      every show (index, outside of any tag)
``ap:rooms``                    hash     room -> show (index, outside of any tag)
``ap:lease:N``                  string   node N is alive; expires
``ap:node:N``                   string   what node N says of itself (opaque); expires
``ap:nodes``                    set      every node (index, outside of any tag)
``ap:{:records}:bodies``        hash     entry of the record book -> its body (opaque)
``ap:{:records}:rank:K``        zset     entry -> listeners; K is ``real`` or ``simulated``
``ap:{:records}:version``       string   how often the book has changed
``ap:{:records}:changes``       zset     entry -> version with which it was entered or changed
``ap:{:records}:dropped``       string   version before which the lowest entry went last
``ap:{:seasons}:bodies``        hash     season -> its body (opaque)
``ap:{:season:E}:*``            as above the record book of season E: the keys of ``ap:{:records}``
``ap:{:season:E}:gone``         string   the edition of it that was dropped last; expires
``ap:{:account:M}:follows``     set      members whom account M follows
``ap:{:account:M}:followers``   set      accounts that follow M
``ap:{:account:M}:blocks``      set      members whom account M has blocked
``ap:{:account:M}:reminders``   set      rooms of which M is to be reminded
``ap:{:account:M}:series``      set      series that M follows
``ap:{:account:M}:notices``     zset     notice -> its number, in the order they came
``ap:{:account:M}:noticed``     hash     notice -> ``at body`` (the body opaque)
``ap:{:series}:bodies``         hash     series -> its body (opaque)
``ap:{:series:E}:followers``    set      accounts that follow series E
``ap:{:webhooks}:bodies``       hash     webhook -> its body (opaque)
``ap:{:webhooks}:state:W``      hash     how the webhook stands: ``Standing`` in webhooks.py
``ap:{:webhooks}:cursor:W``     hash     room -> number of the last event that is done with
``ap:{:webhooks}:lease:W``      string   the node that tells the webhook; expires
``ap:{:reports}:all``           stream   reports; entry ``n-0`` is report number n
``ap:{:reports}:open``          hash     reporter, room and member -> reports that are open
``ap:{:reports}:last``          string   the number of the last report
``ap:{:reports}:once:T``        string   the number of the report by token T; expires
``ap:{C}:bus``                  channel  the bus; C is a show or any other channel name
==============================  =======  ===================================================
"""

import re

from afterparty.store.errors import StoreError

SHOWS = "ap:shows"
ROOMS = "ap:rooms"
ALL_NODES = "ap:nodes"
CLIPS = "ap:clips"
RECORDS = "ap:{:records}"
"""Stem of the record book's keys; no show can have that tag, as its name has no colon."""
SEASONS = "ap:{:seasons}"
"""Stem of the keys of all seasons together."""
SERIES = "ap:{:series}"
"""Stem of the keys of all series together."""
WEBHOOKS = "ap:{:webhooks}"
"""Stem of the webhooks' keys."""
REPORTS = "ap:{:reports}"
"""Stem of the reports' keys."""

_IDENT = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def ident(value: str) -> str:
    """Return the id unchanged, or raise ``StoreError("bad_id")`` if it may not name anything."""
    if not isinstance(value, str) or not _IDENT.fullmatch(value):
        raise StoreError("bad_id", "An id is 1 to 128 letters, digits or any of _ . : -")
    return value


def root(show: str) -> str:
    """Key of the show's body, and the stem of every other key of the show."""
    return f"ap:{{{ident(show)}}}"


def rooms(show: str) -> str:
    """Key of the set of the show's rooms."""
    return f"{root(show)}:rooms"


def log(show: str, room: str) -> str:
    """Key of the room's stream of events."""
    return f"{root(show)}:log:{ident(room)}"


def present(show: str, room: str) -> str:
    """Key of the hash of members who are in the room and not simulated."""
    return f"{root(show)}:in:{ident(room)}"


def simulated(show: str, room: str) -> str:
    """Key of the hash of simulated members who are in the room."""
    return f"{root(show)}:sims:{ident(room)}"


def peak(show: str) -> str:
    """Key of the hash of the rooms' peaks."""
    return f"{root(show)}:peak"


def tuned(show: str, room: str) -> str:
    """Key of the set of members who ever entered the room."""
    return f"{root(show)}:tuned:{ident(room)}"


def reacted(show: str, room: str) -> str:
    """Key of the hash of reactions to what was recorded of the room."""
    return f"{root(show)}:reacted:{ident(room)}"


def clips(show: str, room: str) -> str:
    """Key of the hash of clips of the room's recording."""
    return f"{root(show)}:clips:{ident(room)}"


def conns(show: str) -> str:
    """Key of the hash of every connection in the show."""
    return f"{root(show)}:conns"


def held(show: str, node: str) -> str:
    """Key of the set of connections that a node holds in the show."""
    return f"{root(show)}:node:{ident(node)}"


def handing(show: str) -> str:
    """Key of the hash of the handoffs that are open, by the room they are from."""
    return f"{root(show)}:handing"


def nodes(show: str) -> str:
    """Key of the set of nodes that hold connections in the show."""
    return f"{root(show)}:nodes"


def handoff(show: str, handoff_id: str) -> str:
    """Key of a handoff's rooms, state and counts."""
    return f"{root(show)}:handoff:{ident(handoff_id)}"


def outcome(show: str, handoff_id: str) -> str:
    """Key of the hash of each member's outcome in a handoff."""
    return f"{root(show)}:outcome:{ident(handoff_id)}"


def pending(show: str, handoff_id: str) -> str:
    """Key of the set of members who have not answered a handoff's offer."""
    return f"{root(show)}:pending:{ident(handoff_id)}"


def reminded(show: str, room: str) -> str:
    """Key of the set of accounts that asked to be reminded of the room."""
    return f"{root(show)}:reminded:{ident(room)}"


def told(show: str) -> str:
    """Key of the set of the show's notices that everybody has who is to have them."""
    return f"{root(show)}:told"


def telling(show: str, room: str, kind: str) -> str:
    """Key of which node writes a notice of the room."""
    return f"{root(show)}:telling:{ident(room)}:{ident(kind)}"


def account(member: str) -> str:
    """Stem of an account's keys; like the record book's, no show can have that tag."""
    return f"ap:{{:account:{ident(member)}}}"


def series_followers(series: str) -> str:
    """Key of the set of accounts that follow a series."""
    return f"ap:{{:series:{ident(series)}}}:followers"


def season(name: str) -> str:
    """Stem of the keys of a season's record book."""
    return f"ap:{{:season:{ident(name)}}}"


def questions(show: str, room: str) -> str:
    """Key of the hash of a room's open questions."""
    return f"{root(show)}:questions:{ident(room)}"


def votes(show: str, room: str) -> str:
    """Key of the open questions of a room, in order of their votes."""
    return f"{root(show)}:votes:{ident(room)}"


def names(show: str) -> str:
    """Key of the hash of what members are called, by connection."""
    return f"{root(show)}:names"


def lease(node: str) -> str:
    """Key of a node's lease."""
    return f"ap:lease:{ident(node)}"


def node_info(name: str) -> str:
    """Key of what a node says of itself."""
    return f"ap:node:{ident(name)}"


def channel(name: str) -> str:
    """Pub/sub channel of a show, or of any other thing that has an id."""
    return f"ap:{{{ident(name)}}}:bus"
