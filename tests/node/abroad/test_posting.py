"""Where a webhook may lead, and how one request to it can end."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.receiver import receiving

from afterparty.node.abroad import posting
from afterparty.node.abroad.posting import Outcome, Poster, checked, is_public
from afterparty.node.ground.refused import Refused


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%lo", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https:///hook",
        "https://user:pass@example.org/",
        "https://user@example.org/",
        "https://example.org/#there",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org/" + "x" * 500,
        "https://exam ple.org/",
        "https://example.org/\r\nHost: other",
        "http://[::1",
    ],
)
def test_what_is_no_address_of_a_webhook(text: str) -> None:
    for private in (True, False):
        with pytest.raises(Refused, match="bad_webhook"):
            checked(text, private=private)


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8080/", "http://localhost/", "http://a.localhost/", "https://[::1]/",
     "http://169.254.169.254/latest", "https://10.0.0.1/", "http://printer.local/"],
)  # fmt: skip
def test_the_own_network_is_not_for_webhooks_unless_it_may_be(text: str) -> None:
    with pytest.raises(Refused, match="bad_webhook"):
        checked(text, private=False)
    assert str(checked(text, private=True)) == text


def test_the_public_internet_is() -> None:
    for text in ("https://example.org/hook?key=1", "http://8.8.8.8:8080/"):
        assert str(checked(text, private=False)) == text


async def _post(url: str, *, private: bool = True) -> Outcome:
    poster = Poster(url, private=private)
    try:
        return await poster.post(b"{}", {"webhook-id": "r:1"})
    finally:
        await poster.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (None, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (500, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (410, Outcome.GONE),
        ("close", Outcome.FAILED),
        ("flood", Outcome.DELIVERED),
        ("nonsense\r\n\r\n", Outcome.FAILED),
    ],
)
async def test_how_an_attempt_ends(answer: Any, outcome: Outcome) -> None:
    async with receiving() as receiver:
        receiver.always = answer
        assert await _post(receiver.url) is outcome
        assert len(receiver.told) == 1


async def test_who_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.2)
    async with receiving() as receiver:
        receiver.always = "hang"
        assert await _post(receiver.url) is Outcome.FAILED


async def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await _post(f"http://127.0.0.1:{port}/") is Outcome.FAILED
    assert await _post("http://no-such-name.invalid/") is Outcome.FAILED


async def test_a_redirection_is_not_followed() -> None:
    async with receiving() as receiver, receiving() as other:
        to = f"HTTP/1.1 307 There\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
        receiver.always = to
        assert await _post(receiver.url) is Outcome.REFUSED
        assert (len(receiver.told), len(other.told)) == (1, 0)


async def test_one_connection_serves_again_and_the_host_is_named_as_it_was_given() -> None:
    async with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        poster = Poster(url, private=True)
        outcomes = [await poster.post(b"{}", {"webhook-id": "r:1"}, 0) for _ in range(3)]
        await poster.close()
        assert outcomes == [Outcome.DELIVERED] * 3
        assert receiver.connections == 1
        assert {one.headers["host"] for one in receiver.told} == {url.split("/")[2]}


async def test_a_name_that_leads_home_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it said before: it is the address that is connected to which is looked at."""
    async with receiving() as receiver:
        assert await _post(receiver.url, private=False) is Outcome.FORBIDDEN
        port = receiver.url.split(":")[2].split("/")[0]
        loop, asked = asyncio.get_running_loop(), []

        async def looked_up(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            home = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            away = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))
            return [away, home]

        monkeypatch.setattr(loop, "getaddrinfo", looked_up)
        url = f"http://rebound.example:{port}/"
        assert await _post(url, private=False) is Outcome.FORBIDDEN
        assert asked == ["rebound.example"]
        assert not receiver.told
        poster = Poster(url, private=True)
        assert await poster.post(b"{}", {"webhook-id": "r:1"}, 1) is Outcome.DELIVERED
        await poster.close()
        assert receiver.told[0].headers["host"] == f"rebound.example:{port}"


def _certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate for a name, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem = folder / "both.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_a_certificate_is_checked_against_the_name_not_the_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, trusting = _certified("hooks.example", tmp_path)
    monkeypatch.setattr(posting, "_trusted", lambda: trusting)
    async with receiving(server) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]

        async def looked_up(host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)
        assert await _post(f"https://hooks.example:{port}/") is Outcome.DELIVERED
        assert await _post(f"https://other.example:{port}/") is Outcome.FAILED
        assert await _post(f"https://127.0.0.1:{port}/") is Outcome.FAILED
        assert len(receiver.told) == 1
