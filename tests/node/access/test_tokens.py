from pathlib import Path

import jwt
import pytest

from afterparty.core.model import Person, Role
from afterparty.node.access.keyring import Keyring, retire, rotate
from afterparty.node.access.tokens import Bearer, TokenMint, anonymous_person
from afterparty.node.ground.refused import Refused

KEY = "k" * 40
HOST = Person("host", "host", "The Host")


def _mint(*keys: str) -> TokenMint:
    return TokenMint(Keyring(keys or (KEY,)))


def test_a_token_says_whom_it_stands_for() -> None:
    mint = _mint()
    token, expires_at = mint.mint(HOST, seconds=60, grants=("host",), show="s")
    bearer = mint.check(token)
    assert bearer == Bearer(HOST, Role.HOST, frozenset({"host"}), "s")
    assert jwt.decode(token, KEY, ["HS256"], audience="afterparty")["exp"] == expires_at


def test_somebody_anonymous_is_a_listener_at_most() -> None:
    mint = _mint()
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
        (jwt.encode({"aud": "afterparty", "sub": "a", "exp": 4102444800}, KEY,
                    headers={"kid": "of nobody"}), "bad_token"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_token(token: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        _mint().check(token)
    assert refused.value.code == code
    if token:
        assert token not in refused.value.message


def test_unsigned_tokens_are_not_taken() -> None:
    token = jwt.encode({"aud": "afterparty", "sub": "host", "exp": 4102444800}, None, "none")
    with pytest.raises(Refused, match="bad_token"):
        _mint().check(token)


def test_a_token_names_its_key_and_one_without_a_name_is_tried_with_all() -> None:
    old, new = "o" * 40, "n" * 40
    mint = _mint(new, old)
    token = mint.mint(HOST, seconds=60)[0]
    kid = jwt.get_unverified_header(token)["kid"]
    assert new not in kid
    assert kid == Keyring((new,)).signing().kid
    for key in (old, new):
        nameless = jwt.encode({"aud": "afterparty", "sub": "host", "exp": 4102444800}, key)
        assert mint.check(nameless).person.member == "host"
        assert mint.check(_mint(key).mint(HOST, seconds=60)[0]).person == HOST
    with pytest.raises(Refused, match="bad_token"):
        _mint(old).check(token)


def test_a_token_that_names_one_key_is_not_checked_with_another() -> None:
    old, new = "o" * 40, "n" * 40
    claims = {"aud": "afterparty", "sub": "host", "exp": 4102444800}
    forged = jwt.encode(claims, old, headers={"kid": Keyring((new,)).signing().kid})
    with pytest.raises(Refused, match="bad_token"):
        _mint(new, old).check(forged)


def test_what_was_good_is_forgotten_with_its_key(tmp_path: Path) -> None:
    ring = Keyring.in_folder(tmp_path)
    mint, old = TokenMint(ring), ring.signing()
    tokens = [mint.mint(HOST, seconds=60)[0]]
    tokens.append(jwt.encode(jwt.decode(tokens[0], options={"verify_signature": False}), old.text))
    made = rotate(tmp_path)
    ring.look()
    fresh = mint.mint(HOST, seconds=60)[0]
    assert jwt.get_unverified_header(fresh)["kid"] == made.kid
    for token in (*tokens, fresh):
        assert mint.check(token).person == HOST
    retire(tmp_path, old.kid)
    ring.look()
    for token in tokens:
        with pytest.raises(Refused, match="bad_token"):
            mint.check(token)
    assert mint.check(fresh).person == HOST


@pytest.mark.parametrize(
    ("show", "room", "asked", "good"),
    [
        (None, None, ("s", "r"), True),
        (None, None, ("s", None), True),
        ("s", None, ("s", "r"), True),
        ("s", None, ("other", "r"), False),
        (None, "r", ("s", "r"), True),
        (None, "r", ("s", "other"), False),
        (None, "r", ("s", None), False),  # nothing of the whole show
        ("s", "r", ("s", "r"), True),
        ("s", "r", ("other", "r"), False),
    ],
)
def test_how_far_a_token_is_good(
    show: str | None, room: str | None, asked: tuple[str, str | None], good: bool
) -> None:
    mint = _mint()
    bearer = mint.check(mint.mint(HOST, seconds=60, show=show, room=room)[0])
    assert (bearer.show, bearer.room) == (show, room)
    if good:
        bearer.within(*asked)
    else:
        with pytest.raises(Refused, match="forbidden"):
            bearer.within(*asked)


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
