"""Who may do what in a room of which state, as a scenario's beats are foreseen: one table.

The server's own is ``core.permissions``, which is not seen from here; a test compares the two.
"""

from collections.abc import Mapping
from types import MappingProxyType

# fmt: off
PERMITTED: Mapping[str, tuple[str, str]] = MappingProxyType({
    #                      states            standings (h host, c co-host, s speaker, l listener)
    "open":               ("scheduled",      "h"),
    "end":                ("live",           "h"),
    "join":               ("scheduled live", "hcsl"),
    "leave":              ("scheduled live", "hcsl"),
    "drop":               ("scheduled live", "hcsl"),
    "take_over":          ("live",           "c"),
    "request":            ("live",           "l"),
    "withdraw":           ("live",           "l"),
    "accept":             ("live",           "hc"),
    "decline":            ("live",           "hc"),
    "invite":             ("scheduled live", "hc"),
    "accept_invitation":  ("scheduled live", "l"),
    "decline_invitation": ("scheduled live", "l"),
    "demote":             ("scheduled live", "hc"),
    "mute":               ("scheduled live", "hcs"),
    "mute_all":           ("scheduled live", "hc"),
    "unmute":             ("scheduled live", "hcs"),
    "who_may_speak":      ("scheduled live", "hc"),
    "lock":               ("scheduled live", "hc"),
    "unlock":             ("scheduled live", "hc"),
    "remove":             ("scheduled live", "hc"),
    "block":              ("scheduled live", "hc"),
    "consent":            ("scheduled live", "hcs"),
    "say":                ("live",           "hcsl"),
    "pin":                ("scheduled live", "hcs"),
    "raise_hand":         ("live",           "hcsl"),
    "lower_hand":         ("live",           "hcsl"),
    "ask":                ("scheduled live", "hcsl"),
    "pick":               ("live",           "hcs"),
    "answered":           ("live",           "hcs"),
    "offer_handoff":      ("live",           "h"),
    "cancel_handoff":     ("live",           "h"),
    "follow":             ("live",           "hcsl"),
    "stay":               ("live",           "hcsl"),
    "react":              ("live",           "hcsl"),
})
# fmt: on

AS_MEANT = frozenset({"open", "end", "offer_handoff", "cancel_handoff"})
"""What happens though the wrong one does it, as very much goes by it."""
