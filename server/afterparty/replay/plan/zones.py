"""How a crowd divides over the world: by share, and by who is awake at that hour. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from afterparty.replay.words.scenario import Zone

AWAKE = (
    0.45, 0.30, 0.18, 0.10, 0.06, 0.10,  # midnight to six
    0.30, 0.55, 0.70, 0.75, 0.80, 0.80,
    0.85, 0.85, 0.80, 0.80, 0.85, 0.90,
    0.95, 0.97, 1.00, 1.00, 0.90, 0.70,
)  # fmt: skip
"""Part of those who would come that is up and has a hand free, by hour of the local day. Invented:
it says that few are up at four in the morning and most in the evening, and no more."""


def awake(hour: float) -> float:
    """How many are awake at that hour of their day, 0 to 1; between two hours, in between."""
    before, past = divmod(hour % 24, 1)
    return AWAKE[int(before) % 24] * (1 - past) + AWAKE[(int(before) + 1) % 24] * past


def local_hour(at: datetime, utc: str) -> float:
    """The hour of the day where clocks are ahead of UTC by ``utc``, as ``+09:00``."""
    sign = -1 if utc.startswith("-") else 1
    ahead = sign * timedelta(hours=int(utc[1:3]), minutes=int(utc[4:6]))
    there = at - (at.utcoffset() or timedelta()) + ahead
    return there.hour + there.minute / 60 + there.second / 3600


def divided(zones: Iterable[Zone], at: datetime | None) -> Mapping[str, float]:
    """Which share of a part comes from each zone, at that moment; the shares make 1.

    Without a moment nobody sleeps: the shares are those of the file.
    """
    weights = {
        zone.name: zone.share * (1.0 if at is None else awake(local_hour(at, zone.utc)))
        for zone in zones
    }
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
