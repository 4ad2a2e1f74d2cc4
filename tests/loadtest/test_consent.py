import numpy as np
from aioice import stun

from afterparty.client.ice import Agent, Reply
from afterparty.loadtest.consent import Consent, make_check

SERVER = ("127.0.0.1", 9)


def test_a_check_is_what_a_full_agent_reads() -> None:
    server = Agent()
    check = make_check(
        remote_ufrag=server.ufrag, ufrag="mine", password=server.password, priority=77
    )
    datagram = check.datagram()
    message = stun.parse_message(datagram)  # which checks the fingerprint
    assert message.check_message_integrity(server.password.encode())
    assert message.attributes["USERNAME"] == f"{server.ufrag}:mine"
    assert message.attributes["PRIORITY"] == 77
    assert "USE-CANDIDATE" in message.attributes
    assert "FINGERPRINT" in message.attributes
    # Both are controlling here, which the other says in an answer of its own.
    assert isinstance(server.receive(datagram, SERVER), Reply)
    assert check.datagram()[8:20] != datagram[8:20], "every check is a transaction of its own"


def test_a_wrong_password_is_told() -> None:
    server = Agent()
    check = make_check(remote_ufrag=server.ufrag, ufrag="m", password="other", priority=1)
    assert server.receive(check.datagram(), SERVER) is None


def test_checks_are_spread_and_answers_keep_consent() -> None:
    consent = Consent(1000, interval=5.0, expiry=30.0)
    for row in range(900):
        consent.begin(row, 0.0)
    assert not len(consent.due(3.9))
    early = consent.due(5.0)
    assert 0 < len(early) < 900
    assert len(early) + len(consent.due(6.1)) >= 900
    consent.answered(np.arange(0, 450), 20.0)
    assert not len(consent.lost(30.0))
    assert consent.lost(30.1).tolist() == list(range(450, 900))


def test_who_has_left_neither_asks_nor_is_lost() -> None:
    consent = Consent(2)
    consent.begin(0, 0.0)
    consent.end(0)
    consent.answered(np.array([0, 1]), 1.0)
    assert not len(consent.due(100.0))
    assert not len(consent.lost(100.0))
