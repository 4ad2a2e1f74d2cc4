"""How ticks of another node's clock become ticks of ours.

All nodes count the ticks of the wall clock, and no two wall clocks agree. A feed from elsewhere is
therefore moved by whole ticks, once, far enough that its packets are here before they are due; and
moved again only when they come too late, or in silence. Pure: what tick it is comes in.
"""

LEAD = 2
"""Ticks between a packet's coming and its going, where all is well: what the network may vary."""

MOST = 15
"""Ticks that a packet may wait; a feed that comes so early is moved nearer."""


class Alignment:
    """Of one feed, from one node."""

    def __init__(self) -> None:
        self._shift: int | None = None
        self.moved = 0
        """How often the feed had to be moved after its first packet."""

    def place(self, tick: int, now: int, *, silent: bool) -> int:
        """The tick of ours at which a packet of the other's `tick` departs, `now` being ours.

        It is always after `now`. `silent`: nothing is heard at that tick, so that the delay may be
        taken back there without anybody's hearing it.
        """
        shift = now + LEAD - tick
        if self._shift is None:
            self._shift = shift
        else:
            due = tick + self._shift - now
            if due < 1 or due > MOST or (silent and due > LEAD):
                self.moved += self._shift != shift
                self._shift = shift
        return tick + self._shift
