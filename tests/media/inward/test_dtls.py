"""The DTLS of a session, against aiortc's and, without a network, against OpenSSL's own."""

import asyncio
import random

import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from OpenSSL import SSL
from tests.media.house import House
from tests.media.peer import RawPeer, Tone

from afterparty.media.events import SessionConnected, SessionGone
from afterparty.media.inward import dtls
from afterparty.media.inward.dtls import DtlsLink, Identity, SrtpSender, Turn

CERTIFICATE = RTCCertificate.generateCertificate()
FINGERPRINTS = tuple((f.algorithm, f.value) for f in CERTIFICATE.getFingerprints())
WRONG = ("sha-256", ":".join(["00"] * 32))
IDENTITY = Identity()


class Client:
    """OpenSSL at the other end. Keeps each flight it has sent."""

    def __init__(self, server: bool = False, srtp: bool = True) -> None:
        context = CERTIFICATE._create_ssl_context(SRTP_PROFILES)
        if not srtp:
            context = SSL.Context(SSL.DTLS_METHOD)
            context.use_certificate(CERTIFICATE._cert)
            context.use_privatekey(CERTIFICATE._key)
        self.ssl = SSL.Connection(context)
        if server:
            self.ssl.set_accept_state()
        else:
            self.ssl.set_connect_state()
        self.flights: list[bytes] = []
        self.done = False

    def turn(self, *datagrams: bytes) -> list[bytes]:
        """Take datagrams in; what to answer."""
        for data in datagrams:
            self.ssl.bio_write(data)
        if not self.done:
            try:
                self.ssl.do_handshake()
                self.done = True
            except SSL.WantReadError:
                pass
        elif datagrams:
            with pytest.raises((SSL.ZeroReturnError, SSL.WantReadError)):
                self.ssl.recv(100)
        return self.sent()

    def sent(self) -> list[bytes]:
        try:
            flight = self.ssl.bio_read(1 << 14)
        except SSL.WantReadError:
            return []
        self.flights.append(flight)
        return [flight]


def shake(client: Client, link: DtlsLink) -> SrtpSender | str | None:
    """Carry flights to and fro until there is an outcome."""
    turn = link.start(0.0)
    back, outcome = client.turn(*turn.send), turn.outcome
    while outcome is None and back:
        for data in back:
            turn = link.deliver(data)
            outcome = outcome or turn.outcome
            back = client.turn(*turn.send)
    return outcome


def test_a_handshake_leaves_nothing_of_openssl() -> None:
    link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=False), Client()
    sender = shake(client, link)
    assert isinstance(sender, SrtpSender)
    assert sender.profile == "SRTP_AEAD_AES_128_GCM"  # although aiortc would have the longer one
    material = client.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 56)
    assert sender.key == material[16:32]
    assert sender.salt == material[44:]
    assert link._ssl is None
    assert client.done
    assert client.ssl.get_protocol_version_name() == "DTLSv1.2"


def test_keys_are_crossed_when_the_client_is_the_server() -> None:
    link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=True), Client(server=True)
    sender = shake(client, link)
    assert isinstance(sender, SrtpSender)
    assert client.done
    length = 56 if len(sender.key) == 16 else 88
    material = client.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", length)
    assert sender.key == material[: len(sender.key)]


@pytest.mark.parametrize("server", [False, True])
def test_a_goodbye_is_understood_after_openssl_is_gone(server: bool) -> None:
    link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=server), Client(server=server)
    assert isinstance(shake(client, link), SrtpSender)
    client.ssl.shutdown()
    (goodbye,) = client.sent()
    for at in range(len(goodbye)):  # whatever of it is forged
        forged = goodbye[:at] + bytes([goodbye[at] ^ 1]) + goodbye[at + 1 :]
        assert link.deliver(forged) == Turn()
        assert link.deliver(goodbye[:at]) == Turn()
    turn = link.deliver(b"\x16\xfe\xfd" + bytes(8) + b"\0\1x" + goodbye)  # behind another record
    assert turn.outcome == "closed"
    assert len(turn.send) == 1
    assert link.deliver(goodbye) == Turn()
    assert link.close() == ()


@pytest.mark.parametrize("server", [False, True])
def test_our_goodbye_is_understood(server: bool) -> None:
    link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=server), Client(server=server)
    assert isinstance(shake(client, link), SrtpSender)
    words = link.close()
    assert len(words) == 1
    client.ssl.bio_write(words[0])
    with pytest.raises(SSL.ZeroReturnError):
        client.ssl.recv(100)


def test_our_last_flight_is_sent_again_to_whom_it_did_not_reach() -> None:
    link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=False), Client()
    link.start(0.0)
    (hello,) = client.turn()
    (theirs,) = client.turn(*link.deliver(hello).send)
    first = link.deliver(theirs)
    assert isinstance(first.outcome, SrtpSender)
    assert link.deliver(hello) == Turn()  # anybody could say that
    again = link.deliver(theirs)
    assert again == Turn((b"".join(first.send),))
    client.turn(*again.send)
    assert client.done
    client.ssl.bio_write(again.send[0])  # twice does no harm
    with pytest.raises(SSL.WantReadError):
        client.ssl.recv(100)


@pytest.mark.parametrize(
    ("fingerprints", "fits"),
    [
        (FINGERPRINTS, True),
        (FINGERPRINTS[:1], True),
        ((WRONG, FINGERPRINTS[0]), True),  # several certificates
        ((WRONG,), False),
        ((), False),
        # Only those of the strongest hash count (RFC 8122 section 5).
        ((FINGERPRINTS[0], ("sha-512", ":".join(["00"] * 64))), False),
        ((WRONG, FINGERPRINTS[2]), True),
    ],
)
def test_the_certificate_must_be_one_of_the_offer(
    fingerprints: tuple[tuple[str, str], ...], fits: bool
) -> None:
    link = DtlsLink(IDENTITY, fingerprints, client=False)
    outcome = shake(Client(), link)
    assert isinstance(outcome, SrtpSender) if fits else outcome == "failed"
    assert (link.receiver is not None) == fits


def test_a_client_without_srtp_fails() -> None:
    link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=False), Client(srtp=False)
    assert shake(client, link) == "failed"
    assert link.deliver(client.flights[0]) == Turn()


def test_hostile_datagrams_do_not_end_a_handshake() -> None:
    link, client, chance = (
        DtlsLink(IDENTITY, FINGERPRINTS, client=False),
        Client(),
        random.Random(5),
    )
    link.start(0.0)
    flight = client.turn()
    for _ in range(4):
        for _ in range(200):
            noise = chance.randbytes(chance.randrange(1, 1400))
            for data in (noise, b"\x16\xfe\xfd" + noise, b"\x17\xfe\xfd\0\1" + noise):
                assert link.deliver(data).outcome is None
        turn = link.deliver(*flight)
        flight = client.turn(*turn.send)
        if turn.outcome is not None:
            break
    assert isinstance(turn.outcome, SrtpSender)
    assert client.done


def test_a_handshake_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtls, "HANDSHAKE_SECONDS", 3.0)
    silent = DtlsLink(IDENTITY, FINGERPRINTS, client=False)
    silent.start(100.0)
    assert silent.wake(102.9) == Turn()
    assert silent.wake(103.1).outcome == "timeout"
    assert not silent.is_shaking
    assert silent.wake(104.0) == silent.deliver(b"\x16") == Turn()


async def test_lost_flights_are_sent_again() -> None:
    """Every flight is lost once, whoever sends it."""
    for ours in (False, True):
        link, client = DtlsLink(IDENTITY, FINGERPRINTS, client=ours), Client(server=ours)
        lost: set[tuple[str, int]] = set()

        def arrives(who: str, flights: int, lost: set[tuple[str, int]] = lost) -> bool:
            first = (who, flights) not in lost
            lost.add((who, flights))
            return not first

        outcome: object = None
        to_client, to_link = list(link.start(0.0).send), [] if ours else client.turn()
        ours_sent = theirs_sent = 0
        async with asyncio.timeout(60):
            while not (client.done and isinstance(outcome, SrtpSender)):
                incoming, to_link = to_link, []
                if incoming and arrives("theirs", theirs_sent):
                    theirs_sent += 1
                    for data in incoming:
                        turn = link.deliver(data)
                        outcome = outcome or turn.outcome
                        to_client += turn.send
                incoming, to_client = to_client, []
                if incoming and arrives("ours", ours_sent):
                    ours_sent += 1
                    to_link += client.turn(*incoming)
                if not to_link and not to_client:
                    await asyncio.sleep(0.05)  # until somebody's timer, which counts seconds, ends
                    to_client += link.wake(0.0).send
                    client.ssl.DTLSv1_handle_timeout()
                    to_link += client.sent()
        assert len(lost) >= 4, "two flights each way"


async def test_a_handshake_that_never_begins_times_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dtls, "HANDSHAKE_SECONDS", 0.1)
    peer = RawPeer()
    await peer.open(house.plane.answer("guest", "a", peer.offer()))
    house.peers.append(peer)
    await peer.check()
    assert await house.event(lambda e: e == SessionGone("guest", "dtls_timeout"))
    assert house.plane.stats().sessions == 0


async def test_closing_in_the_middle_of_a_handshake(house: House) -> None:
    peer = RawPeer()
    await peer.open(house.plane.answer("guest", "a", peer.offer()))
    house.peers.append(peer)
    await peer.check()
    house.plane.close("guest")
    assert house.plane.stats().sessions == 0
    assert house.events == []


async def test_a_passive_client_is_called(house: House) -> None:
    speaker = await house.join("speaker", csrc=1)
    speaker.talk(Tone(440))
    peer = RawPeer()
    peer.dtls._set_role("server")
    offer = peer.offer().replace("actpass", "passive")
    await peer.connect(house.plane.answer("guest", "a", offer))
    house.peers.append(peer)
    await house.event(lambda e: e == SessionConnected("guest"))
    assert (await peer.hear_from(1, 5))[-1].csrcs == (1,)
    assert peer.broken == 0


@pytest.mark.parametrize("profile", SRTP_PROFILES, ids=lambda p: p.openssl_profile.decode())
async def test_every_srtp_profile_works_both_ways(house: House, profile: object) -> None:
    peer = RawPeer()
    peer.dtls._srtp_profiles = [profile]
    await peer.connect(house.plane.answer("guest", "a", peer.offer()))
    house.peers.append(peer)
    await house.event(lambda e: e == SessionConnected("guest"))
    listener = await house.join("listener")
    house.plane.allow_voice("guest", 3)
    peer.talk(Tone(440))
    assert (await listener.hear_from(3, 3))[-1].csrcs == (3,)
    assert await peer.hear(1)
    assert peer.broken == 0
