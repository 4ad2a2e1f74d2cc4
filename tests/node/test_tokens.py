import stat
from pathlib import Path

import jwt
import pytest

from afterparty.core.model import Person, Role
from afterparty.node.refused import Refused
from afterparty.node.settings import SettingsError
from afterparty.node.tokens import Bearer, TokenMint, anonymous_person, key_in

KEY = "k" * 40
HOST = Person("host", "host", "The Host")


def test_a_token_says_whom_it_stands_for() -> None:
    mint = TokenMint(KEY)
    token, expires_at = mint.mint(HOST, seconds=60, grants=("host",), show="s")
    bearer = mint.check(token)
    assert bearer == Bearer(HOST, Role.HOST, frozenset({"host"}), "s")
    assert jwt.decode(token, KEY, ["HS256"], audience="afterparty")["exp"] == expires_at


def test_somebody_anonymous_is_a_listener_at_most() -> None:
    mint = TokenMint(KEY)
    person = anonymous_person()
    bearer = mint.check(mint.mint(person, seconds=60, ceiling=Role.HOST)[0])
    assert bearer.person.anonymous
    assert bearer.ceiling is Role.LISTENER
    assert anonymous_person() != person


def _forged(**changes: object) -> str:
    claims: dict[str, object] = {"aud": "afterparty", "sub": "host", "exp": 4102444800}
    claims |= changes
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, KEY, "HS256")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "bad_token"),
        ("a.b.c", "bad_token"),
        (jwt.encode({"aud": "afterparty", "sub": "a", "exp": 4102444800}, "x" * 40), "bad_token"),
        (_forged(aud="another"), "bad_token"),
        (_forged(exp=None), "bad_token"),
        (_forged(exp=1), "token_expired"),
        (_forged(sub=":system"), "bad_token"),
        (_forged(sub="a" * 65), "bad_token"),
        (_forged(sub=None), "bad_token"),
        (_forged(sub="anon-1"), "bad_token"),
        (_forged(sub="sim-1"), "bad_token"),
        (_forged(sub="somebody", anon=True), "bad_token"),
        (_forged(ceiling="emperor"), "bad_token"),
        (_forged(grants="host"), "bad_token"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_token(token: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        TokenMint(KEY).check(token)
    assert refused.value.code == code
    if token:
        assert token not in refused.value.message


def test_unsigned_tokens_are_not_taken() -> None:
    token = jwt.encode({"aud": "afterparty", "sub": "host", "exp": 4102444800}, None, "none")
    with pytest.raises(Refused, match="bad_token"):
        TokenMint(KEY).check(token)


@pytest.mark.parametrize(
    ("ceiling", "permitted"),
    [
        (Role.HOST, {Role.HOST, Role.COHOST, Role.SPEAKER, Role.LISTENER}),
        (Role.COHOST, {Role.COHOST, Role.SPEAKER, Role.LISTENER}),
        (Role.SPEAKER, {Role.SPEAKER, Role.LISTENER}),
        (Role.LISTENER, {Role.LISTENER}),
    ],
)
def test_a_ceiling_is_a_ceiling(ceiling: Role, permitted: set[Role]) -> None:
    bearer = Bearer(HOST, ceiling)
    for role in Role:
        if role in permitted:
            bearer.may_be(role)
        else:
            with pytest.raises(Refused, match="forbidden"):
                bearer.may_be(role)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = key_in(tmp_path / "data")
    assert len(key) >= 32
    assert key_in(tmp_path / "data") == key
    mode = (tmp_path / "data" / "token.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_half_a_key_is_none(tmp_path: Path) -> None:
    (tmp_path / "token.key").write_text("")
    with pytest.raises(SettingsError):
        key_in(tmp_path)
