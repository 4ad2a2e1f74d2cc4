import contextlib
import hmac
import struct

import pytest
from aioice import stun as theirs
from hypothesis import example, given, settings
from hypothesis import strategies as st

from afterparty.media.datagrams.stun import (
    Key,
    StunError,
    is_authentic,
    mapped_address,
    parse_request,
    success,
)

PASSWORD = b"a password of the session"
KEY, OTHER = Key(PASSWORD), Key(b"another password")


def request(username: str = "ours:theirs", key: bytes = PASSWORD, nominate: bool = True) -> bytes:
    message = theirs.Message(theirs.Method.BINDING, theirs.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 5
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(key)
    return bytes(message)


def test_reads_and_verifies_what_another_implementation_writes() -> None:
    read = parse_request(request())
    assert (read.usual.username, read.usual.use_candidate) == (b"ours:theirs", True)
    assert is_authentic(read, KEY)
    assert not is_authentic(read, OTHER)
    assert not parse_request(request(nominate=False)).usual.use_candidate


@pytest.mark.parametrize(
    ("host", "mapped"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::7"), ("::ffff:192.0.2.7", "192.0.2.7")],
)
def test_the_answer_is_understood_by_another_implementation(host: str, mapped: str) -> None:
    read = parse_request(request())
    answer = theirs.parse_message(success(read, mapped_address(host, 54321), KEY))
    assert answer.transaction_id == read.transaction
    assert answer.message_class == theirs.Class.RESPONSE
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (mapped, 54321)
    assert answer.check_message_integrity(PASSWORD)
    assert "FINGERPRINT" in answer.attributes


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_a_key_signs_as_the_library_does(password: bytes, message: bytes) -> None:
    assert Key(password).digest(message) == hmac.digest(password, message, "sha1")


def test_a_key_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="64"):
        Key(bytes(65))


def test_the_answer_is_hardly_longer_than_the_least_request() -> None:
    read = parse_request(request("a:b"))
    assert len(success(read, mapped_address("192.0.2.7", 1), KEY)) <= len(request("a:b")) + 4


def unsigned() -> bytes:
    message = theirs.Message(theirs.Method.BINDING, theirs.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    return bytes(message)


def indication() -> bytes:
    return bytes(theirs.Message(theirs.Method.BINDING, theirs.Class.INDICATION))


def with_body(body: bytes) -> bytes:
    return struct.pack("!HHI12s", 1, len(body), 0x2112A442, b"") + body


GOOD = request()


def smuggled() -> bytes:
    """An attribute behind MESSAGE-INTEGRITY, where anybody can put one."""
    data = request(nominate=False)[:-8] + struct.pack("!HH", 0x0025, 0)
    return data[:2] + struct.pack("!H", len(data) - 20) + data[4:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00", "stun_malformed"),
        (GOOD[:-1], "stun_malformed"),
        (GOOD + b"\x00\x00\x00\x00", "stun_malformed"),
        (GOOD[:4] + b"\x00\x00\x00\x00" + GOOD[8:], "stun_malformed"),
        (GOOD[:-1] + bytes([GOOD[-1] ^ 1]), "stun_malformed"),
        (with_body(b"\x00\x06\xff\xff" * 2), "stun_malformed"),
        (with_body(b"\x80\x00\x00\x00" * 100), "stun_malformed"),
        (request("nocolon"), "stun_malformed"),
        (unsigned(), "stun_unauthenticated"),
        (indication(), "stun_not_a_request"),
    ],
    ids=range(10),  # the bytes are others each time
)  # fmt: skip
def test_what_is_no_request_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(StunError) as refused:
        parse_request(data)
    assert refused.value.reason == reason


def test_what_follows_the_integrity_attribute_is_ignored() -> None:
    read = parse_request(smuggled())
    assert is_authentic(read, KEY)
    assert not read.usual.use_candidate


@pytest.mark.parametrize("nominate", [True, False])
def test_a_usual_request_is_read_as_any_other(nominate: bool) -> None:
    first, second = (request(nominate=nominate) for _ in range(2))
    usual = parse_request(first).usual
    again = parse_request(second, usual)
    assert again.usual is usual
    assert again == parse_request(second)
    assert is_authentic(again, KEY)
    other = request(nominate=not nominate)
    assert parse_request(other, usual) == parse_request(other)
    assert parse_request(other, usual).usual is not usual


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 9), st.integers(1, 255))
def test_a_changed_request_is_never_taken_for_a_usual_one(at: int, change: int) -> None:
    usual = parse_request(GOOD).usual
    data = GOOD[:at] + bytes([GOOD[at] ^ change]) + GOOD[at + 1 :]
    with contextlib.suppress(StunError):
        assert not is_authentic(parse_request(data, usual), KEY)


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 60))
@example(b"\x00\x08\x00\x00", 0)
def test_any_bytes_are_read_or_refused(tail: bytes, cut: int) -> None:
    head = struct.pack("!HHI12s", 1, len(tail), 0x2112A442, b"x" * 12)
    for data in (tail, head + tail, GOOD[:cut] + tail):
        with contextlib.suppress(StunError):  # anything else that is raised is a fault
            assert not is_authentic(parse_request(data), OTHER)
