"""Access tokens (JWT, RFC 7519): made and checked here and nowhere else."""

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import jwt

from afterparty.core.model import Person, Role
from afterparty.node.refused import Refused
from afterparty.node.settings import SettingsError
from afterparty.wire.bodies import UNLISTED, Grant

AUDIENCE = "afterparty"
KEY_LENGTH = 32
"""Characters of the shortest key that is taken."""
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

    def need(self, grant: Grant) -> None:
        """Raise ``Refused`` (``forbidden``) unless the token has the grant."""
        if grant not in self.grants:
            raise Refused("forbidden", f"This needs a token with the grant {grant!r}.")

    def within(self, show: str) -> None:
        """Raise ``Refused`` (``forbidden``) if the token is for another show."""
        if self.show is not None and self.show != show:
            raise Refused("forbidden", "This token is for another show.")

    def reaches(self, role: Role) -> bool:
        """Whether the role is within the token's ceiling."""
        return _RANK[role] <= _RANK[self.ceiling]

    def may_be(self, role: Role) -> None:
        """Raise ``Refused`` (``forbidden``) if the role is above the token's ceiling."""
        if not self.reaches(role):
            raise Refused("forbidden", f"This token is for a {self.ceiling} at most.")


class TokenMint:
    """Signs tokens with one key and checks them against it."""

    def __init__(self, key: str) -> None:
        self.key = key
        """What all nodes of a house share; never to be shown."""
        # Good tokens by their digest, the least recently used first: whom for, and until when.
        self._good: OrderedDict[bytes, tuple[Bearer, float]] = OrderedDict()

    def mint(
        self,
        person: Person,
        *,
        seconds: int,
        ceiling: Role = Role.HOST,
        grants: tuple[str, ...] = (),
        show: str | None = None,
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
        return jwt.encode(claims, self.key, algorithm=_ALGORITHM), now + seconds

    def check(self, token: str) -> Bearer:
        """Whom the token stands for.

        Raises:
            Refused: ``token_expired``, or ``bad_token`` for whatever else is wrong with it.
        """
        # A lone surrogate, as JSON can bring it, is in no token: it becomes a question mark.
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        held = self._good.get(digest)
        if held is not None and time.time() < held[1]:
            self._good.move_to_end(digest)
            return held[0]
        bearer, expires_at = self._read(token)
        self._good[digest] = bearer, expires_at
        if len(self._good) > CACHED:
            self._good.popitem(last=False)
        return bearer

    def _read(self, token: str) -> tuple[Bearer, float]:
        try:
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "aud"]},
            )
            return _bearer(claims), float(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise Refused("token_expired", "The access token has expired; get a new one.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise Refused("bad_token", "The access token is not valid.") from None


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
    show = claims.get("show")
    return Bearer(
        person=Person(member, handle, _words(claims.get("name"), 50), anonymous),
        ceiling=Role.LISTENER if anonymous else Role(str(claims.get("ceiling", "host"))),
        grants=frozenset(str(grant) for grant in grants),
        show=None if show is None else str(show),
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


def key_in(folder: Path) -> str:
    """The key kept in the data folder, made at first need, readable by its owner alone.

    Raises:
        SettingsError: what is there is too short for a key.
    """
    path = folder / "token.key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written in full before it has its name: half a key would be one that can be guessed.
        draft = folder / f"token.key.{secrets.token_hex(4)}"
        try:
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was faster: its key holds
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    key = path.read_text().strip()
    if len(key) < KEY_LENGTH:
        raise SettingsError(f"{path} holds no key of {KEY_LENGTH} characters; remove it")
    return key
