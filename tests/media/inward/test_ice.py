import pytest
from aioice import stun
from tests.media.datagrams.test_stun import request

from afterparty.media.datagrams.stun import StunError
from afterparty.media.inward.ice import SILENCE_BEFORE_MOVE, IcePeer, IceTable

HERE, THERE = ("192.0.2.1", 1000), ("192.0.2.2", 2000)


def check_of(peer: IcePeer, nominate: bool = True) -> bytes:
    return request(f"{peer.ufrag}:{peer.remote_ufrag}", peer.password.encode(), nominate)


@pytest.mark.parametrize("host", ["192.0.2.{}", "2001:db8::{}", "::ffff:192.0.2.{}"])
def test_every_answer_tells_where_its_check_came_from(host: str) -> None:
    """Whatever address the session has, has had, or has not yet."""
    table = IceTable()
    peer = table.add("s", "them")
    for last, nominate in ((1, True), (1, True), (2, False), (1, True), (2, True), (2, True)):
        address = (host.format(last), 1000 + last)
        check = table.check(check_of(peer, nominate), address, 0.0)
        told = stun.parse_message(check.response).attributes["XOR-MAPPED-ADDRESS"]
        assert told == (address[0].removeprefix("::ffff:"), address[1])


def test_the_first_check_gives_the_address() -> None:
    table = IceTable()
    peer = table.add("s", "them")
    assert table.at(HERE) is None
    assert table.check(check_of(peer, nominate=False), HERE, 0.0).nominated
    assert table.at(HERE) is peer
    assert not table.check(check_of(peer), HERE, 1.0).nominated


def test_only_nomination_or_long_silence_moves_an_address() -> None:
    table = IceTable()
    peer = table.add("s", "them")
    table.check(check_of(peer), HERE, 0.0)
    assert not table.check(check_of(peer, nominate=False), THERE, 1.0).nominated
    assert table.at(HERE) is peer
    assert table.check(check_of(peer), THERE, 2.0).nominated
    assert (table.at(HERE), table.at(THERE)) == (None, peer)
    late = 2.0 + SILENCE_BEFORE_MOVE + 0.1
    assert table.check(check_of(peer, nominate=False), HERE, late).nominated
    assert table.at(HERE) is peer


def test_the_newest_session_owns_an_address() -> None:
    table = IceTable()
    old, new = table.add("old", "them"), table.add("new", "them")
    table.check(check_of(old), HERE, 0.0)
    table.check(check_of(new), HERE, 1.0)
    assert table.at(HERE) is new
    assert old.address is None
    table.remove(old)
    assert table.at(HERE) is new


def test_a_removed_peer_is_unknown() -> None:
    table = IceTable()
    peer = table.add("s", "them")
    table.check(check_of(peer), HERE, 0.0)
    table.remove(peer)
    table.remove(peer)
    assert table.at(HERE) is None
    with pytest.raises(StunError, match="stun_unknown_ufrag"):
        table.check(check_of(peer), HERE, 1.0)


@pytest.mark.parametrize(
    ("ours", "theirs", "password", "reason"),
    [
        ("wrong", None, None, "stun_unknown_ufrag"),
        (None, "wrong", None, "stun_bad_credentials"),
        (None, None, "wrong", "stun_bad_credentials"),
    ],
)
def test_wrong_credentials_are_refused(
    ours: str | None, theirs: str | None, password: str | None, reason: str
) -> None:
    table = IceTable()
    peer = table.add("s", "them")
    data = request(
        f"{ours or peer.ufrag}:{theirs or peer.remote_ufrag}", (password or peer.password).encode()
    )
    with pytest.raises(StunError, match=reason):
        table.check(data, HERE, 0.0)
    assert table.at(HERE) is None


def test_a_restart_changes_credentials_and_keeps_the_address() -> None:
    table = IceTable()
    peer = table.add("s", "them")
    table.check(check_of(peer), HERE, 0.0)
    old, before = check_of(peer), (peer.ufrag, peer.password)
    table.restart(peer, "again")
    assert peer.remote_ufrag == "again"
    assert not set(before) & {peer.ufrag, peer.password}
    assert table.at(HERE) is peer
    table.check(old, HERE, 1.0)  # until the new ones have been seen
    table.check(check_of(peer), THERE, 2.0)
    assert table.at(THERE) is peer
    with pytest.raises(StunError, match="stun_unknown_ufrag"):
        table.check(old, HERE, 3.0)


def test_of_many_restarts_the_last_one_counts_and_nothing_piles_up() -> None:
    table = IceTable()
    peer = table.add("s", "them")
    first = check_of(peer)
    given_up = []
    for number in range(10):
        table.restart(peer, f"again{number}")
        given_up.append(check_of(peer))
    last = given_up.pop()
    table.check(first, HERE, 0.0)
    for data in given_up:
        with pytest.raises(StunError, match="stun_unknown_ufrag"):
            table.check(data, HERE, 0.0)
    assert table.check(last, HERE, 0.0).peer is peer
    table.restart(peer, "more")
    also_given_up = check_of(peer)
    table.remove(peer)
    for data in (last, also_given_up):
        with pytest.raises(StunError, match="stun_unknown_ufrag"):
            table.check(data, HERE, 0.0)
