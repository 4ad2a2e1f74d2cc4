"""Access tokens (JWT, RFC 7519): made and checked here and nowhere else."""

import hashlib
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import jwt

from afterparty.core.model import Person, Role
from afterparty.node.access.keyring import Key, Keyring
from afterparty.node.ground.refused import Refused
from afterparty.wire.bodies import UNLISTED, Grant

AUDIENCE = "afterparty"
CACHED = 10_000
"""Tokens that are remembered as good until they expire."""
_ALGORITHM = "HS256"
_MEMBER = re.compile(r"(?!\.*$)[A-Za-z0-9_.-]{1,64}")
_RANK = {Role.LISTENER: 0, Role.SPEAKER: 1, Role.COHOST: 2, Role.HOST: 3}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for, and what it permits."""

    person: Person
    ceiling: Role = Role.HOST
    grants: frozenset[str] = frozenset()
    show: str | None = None
    """Good for this show only."""
    room: str | None = None
    """Good for this room only."""

    def need(self, grant: Grant) -> None:
        """Raise ``Refused`` (``forbidden``) unless the token has the grant."""
        if grant not in self.grants:
            raise Refused("forbidden", f"This needs a token with the grant {grant!r}.")

    def within(self, show: str, room: str | None = None) -> None:
        """Raise ``Refused`` (``forbidden``) if the token is for another show, or another room.

        Without ``room``: for what is of the whole show, which no token for one room is good for.
        """
        if self.show is not None and self.show != show:
            raise Refused("forbidden", "This token is for another show.")
        if not self.covers(room):
            raise Refused("forbidden", "This token is for another room.")

    def covers(self, room: str | None) -> bool:
        """Whether the token is good for that room; for None: for more than one."""
        return self.room is None or self.room == room

    def reaches(self, role: Role) -> bool:
        """Whether the role is within the token's ceiling."""
        return _RANK[role] <= _RANK[self.ceiling]

    def may_be(self, role: Role) -> None:
        """Raise ``Refused`` (``forbidden``) if the role is above the token's ceiling."""
        if not self.reaches(role):
            raise Refused("forbidden", f"This token is for a {self.ceiling} at most.")


class _Good(NamedTuple):
    """A token that was checked: whom for, until when, and by which key."""

    bearer: Bearer
    expires_at: float
    kid: str


class TokenMint:
    """Signs tokens with one of the keys, and checks them against all."""

    def __init__(self, keys: Keyring) -> None:
        self.keys = keys
        # By the token's digest, the least recently used first.
        self._good: OrderedDict[bytes, _Good] = OrderedDict()

    def mint(
        self,
        person: Person,
        *,
        seconds: int,
        ceiling: Role = Role.HOST,
        grants: tuple[str, ...] = (),
        show: str | None = None,
        room: str | None = None,
    ) -> tuple[str, int]:
        """A token and when it expires, seconds since the Unix epoch."""
        now = int(time.time())
        claims: dict[str, object] = {
            "aud": AUDIENCE,
            "sub": person.member,
            "iat": now,
            "exp": now + seconds,
            "ceiling": ceiling.value,
            "grants": list(grants),
        }
        if person.anonymous:
            claims["anon"] = True
        else:
            claims |= {"handle": person.handle, "name": person.name}
        if show is not None:
            claims["show"] = show
        if room is not None:
            claims["room"] = room
        key = self.keys.signing()
        signed = jwt.encode(claims, key.text, algorithm=_ALGORITHM, headers={"kid": key.kid})
        return signed, now + seconds

    def check(self, token: str) -> Bearer:
        """Whom the token stands for.

        Raises:
            Refused: ``token_expired``, or ``bad_token`` for whatever else is wrong with it.
        """
        # A lone surrogate, as JSON can bring it, is in no token: it becomes a question mark.
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        held = self._good.get(digest)
        if held is not None and time.time() < held.expires_at and held.kid in self.keys:
            self._good.move_to_end(digest)
            return held.bearer
        self._good.pop(digest, None)
        found = self._good[digest] = self._read(token)
        if len(self._good) > CACHED:
            self._good.popitem(last=False)
        return found.bearer

    def _read(self, token: str) -> _Good:
        try:
            for key in self._candidates(jwt.get_unverified_header(token)):
                try:
                    claims = jwt.decode(
                        token,
                        key.text,
                        algorithms=[_ALGORITHM],
                        audience=AUDIENCE,
                        options={"require": ["exp", "sub", "aud"]},
                    )
                except jwt.InvalidSignatureError:
                    continue
                return _Good(_bearer(claims), float(claims["exp"]), key.kid)
        except jwt.ExpiredSignatureError:
            raise Refused("token_expired", "The access token has expired; get a new one.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            pass
        raise Refused("bad_token", "The access token is not valid.")

    def _candidates(self, header: dict[str, Any]) -> list[Key]:
        """The key that the token names; of one that names none, it may be any."""
        kid = header.get("kid")
        if kid is None:
            return list(self.keys)
        found = self.keys.find(str(kid))
        return [] if found is None else [found]


def _bearer(claims: dict[str, object]) -> Bearer:
    member = str(claims["sub"])
    if not _MEMBER.fullmatch(member):
        raise ValueError("sub is no member identity")
    anonymous = claims.get("anon") is True
    if anonymous is not member.startswith(UNLISTED):
        raise ValueError("sub is no identity of that kind of member")
    handle = "" if anonymous else _words(claims.get("handle"), 64) or member
    grants = claims.get("grants", [])
    if not isinstance(grants, list):
        raise TypeError("grants is a list")
    show, room = claims.get("show"), claims.get("room")
    return Bearer(
        person=Person(member, handle, _words(claims.get("name"), 50), anonymous),
        ceiling=Role.LISTENER if anonymous else Role(str(claims.get("ceiling", "host"))),
        grants=frozenset(str(grant) for grant in grants),
        show=None if show is None else str(show),
        room=None if room is None else str(room),
    )


def _words(claim: object, most: int) -> str:
    """A claim as text that can be written anywhere: lone surrogates become question marks."""
    return str(claim or "").encode(errors="replace").decode()[:most]


def simulated_person() -> Person:
    """Somebody new, simulated and anonymous."""
    return Person(member=f"sim-{secrets.token_hex(8)}", anonymous=True)


def anonymous_person() -> Person:
    """Somebody new and anonymous."""
    return Person(member=f"anon-{secrets.token_hex(8)}", anonymous=True)
