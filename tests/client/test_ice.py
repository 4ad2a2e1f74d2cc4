"""The ICE agent as a pure machine, against messages made by aioice."""

import pytest
from aioice import stun

from afterparty.client.ice import Agent, Confirmed, Reply

SERVER = ("127.0.0.1", 7000)
KEY = b"server password"


@pytest.fixture
def agent() -> Agent:
    agent = Agent()
    agent.begin("serv", KEY.decode())
    return agent


def answer(request: bytes, key: bytes = KEY, kind: stun.Class = stun.Class.RESPONSE) -> bytes:
    response = stun.Message(
        stun.Method.BINDING, kind, transaction_id=stun.parse_message(request).transaction_id
    )
    response.attributes["XOR-MAPPED-ADDRESS"] = ("127.0.0.1", 5000)
    response.add_message_integrity(key)
    return bytes(response)


def test_a_check_carries_what_the_server_needs(agent: Agent) -> None:
    request = stun.parse_message(agent.check(SERVER, nominate=True, priority=77))
    assert request.attributes["USERNAME"] == f"serv:{agent.ufrag}"
    assert request.attributes["PRIORITY"] == 77
    assert request.check_message_integrity(KEY)
    assert {"ICE-CONTROLLING", "USE-CANDIDATE", "FINGERPRINT"} <= set(request.attributes)
    plain = stun.parse_message(agent.check(SERVER, nominate=False, priority=77))
    assert "USE-CANDIDATE" not in plain.attributes


@pytest.mark.parametrize("nominate", [True, False])
def test_an_answer_confirms_once(agent: Agent, nominate: bool) -> None:
    response = answer(agent.check(SERVER, nominate=nominate, priority=1))
    assert agent.receive(response, SERVER) == Confirmed(SERVER, nominate)
    assert agent.receive(response, SERVER) is None


def test_forged_answers_confirm_nothing(agent: Agent) -> None:
    request = agent.check(SERVER, nominate=True, priority=1)
    assert agent.receive(answer(request, b"guess"), SERVER) is None
    assert agent.receive(answer(request), ("127.0.0.2", 7000)) is None
    assert agent.receive(answer(request, kind=stun.Class.ERROR), SERVER) is None
    stranger = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
    assert agent.receive(answer(stranger), SERVER) is None
    assert agent.receive(answer(request), SERVER) == Confirmed(SERVER, True)


def test_open_checks_are_bounded(agent: Agent) -> None:
    requests = [agent.check(SERVER, nominate=True, priority=1) for _ in range(65)]
    assert agent.receive(answer(requests[0]), SERVER) is None
    assert agent.receive(answer(requests[1]), SERVER) == Confirmed(SERVER, True)


def asked(agent: Agent, username: str, key: bytes, **attributes: object) -> bytes:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = username
    for name, value in attributes.items():
        request.attributes[name.replace("_", "-")] = value
    request.add_message_integrity(key)
    return bytes(request)


def test_the_servers_own_checks_are_answered(agent: Agent) -> None:
    key = agent.password.encode()
    reply = agent.receive(asked(agent, f"{agent.ufrag}:serv", key, ICE_CONTROLLED=1), SERVER)
    assert isinstance(reply, Reply)
    response = stun.parse_message(reply.datagram)
    assert response.message_class == stun.Class.RESPONSE
    assert response.attributes["XOR-MAPPED-ADDRESS"] == SERVER
    assert response.check_message_integrity(key)


def test_the_controlling_role_is_kept(agent: Agent) -> None:
    key = agent.password.encode()
    reply = agent.receive(asked(agent, f"{agent.ufrag}:serv", key, ICE_CONTROLLING=1), SERVER)
    assert isinstance(reply, Reply)
    assert stun.parse_message(reply.datagram).error_code == 487


def test_checks_without_our_password_are_not_answered(agent: Agent) -> None:
    key = agent.password.encode()
    assert agent.receive(asked(agent, f"{agent.ufrag}:serv", b"guess"), SERVER) is None
    assert agent.receive(asked(agent, "other:serv", key), SERVER) is None
    assert agent.receive(bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)), SERVER) is (
        None
    )


@pytest.mark.parametrize("junk", [b"", bytes(20), b"\x00\x01\x00\x04" + bytes(16), bytes(12)])
def test_junk_is_nothing(agent: Agent, junk: bytes) -> None:
    assert agent.receive(junk, SERVER) is None
