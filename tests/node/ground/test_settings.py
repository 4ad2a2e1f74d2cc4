import re
import socket
from pathlib import Path

import pytest

from afterparty.node.ground import settings as module
from afterparty.node.ground.settings import (
    Settings,
    SettingsError,
    from_environment,
    keys_of,
    separated,
)

SOURCE = Path(module.__file__).read_text("utf-8")
PAGE = (Path(__file__).parent.parent.parent.parent / "docs" / "operations.md").read_text("utf-8")


def test_nothing_set_is_the_default() -> None:
    assert from_environment({}) == Settings()
    assert not Settings().dev
    assert Settings().host == Settings().media_host == "127.0.0.1"


def test_what_is_set_is_taken() -> None:
    settings = from_environment(
        {
            "AFTERPARTY_PORT": "0",
            "AFTERPARTY_MEDIA_PORT": "40000",
            "AFTERPARTY_ANNOUNCE": "192.0.2.1, 192.0.2.2",
            "AFTERPARTY_REDIS_URL": "redis://:hunter2@localhost:6379/0",
            "AFTERPARTY_DEV": "yes",
            "AFTERPARTY_URL": "https://node1.example.org:8443/",
            "AFTERPARTY_RELAY": "192.0.2.3",
            "AFTERPARTY_DRAIN_SECONDS": "30",
            "AFTERPARTY_SECRET": "s" * 32,
            "AFTERPARTY_TRUSTED_PROXIES": "192.0.2.1, 172.16.0.0/12,2001:db8::/32",
            "AFTERPARTY_JOINS_PER_SECOND": "500",
            "AFTERPARTY_RECORDINGS": "/srv/recordings",
            "AFTERPARTY_RECORDING_HOURS": "3",
            "AFTERPARTY_MAX_SIMULATED": "0",
            "AFTERPARTY_RECORD_FLOOR": "100",
        }
    )
    assert settings.recordings_in() == Path("/srv/recordings")
    assert Settings(data=Path("data")).recordings_in() == Path("data/recordings")
    assert (settings.recording_hours, settings.max_simulated) == (3, 0)
    assert settings.record_floor == 100
    assert settings.trusted_proxies == ("192.0.2.1", "172.16.0.0/12", "2001:db8::/32")
    assert settings.joins_per_second == 500
    assert (settings.port, settings.media_port, settings.dev) == (0, 40000, True)
    assert settings.announced() == ("192.0.2.1", "192.0.2.2")
    assert (settings.url, settings.relay) == ("https://node1.example.org:8443", "192.0.2.3")
    assert settings.drain_seconds == 30.0
    assert settings.redis_url == "redis://:hunter2@localhost:6379/0"
    assert "hunter2" not in repr(settings)
    assert "s" * 32 not in repr(settings), "a secret does not get into a log"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("LOG_LEVEL", "loud"),
        ("MEDIA_PORT", "65536"),
        ("MAX_MEMBERS", "0"),
        ("MAX_SIMULATED", "-1"),
        ("SECRET", "short"),
        ("SECRET", "k" * 40 + " short"),
        ("SECRET", " ".join(f"{n}" * 40 for n in range(9))),
        ("URL", "node1.example.org"),
        ("URL", "https://node1.example.org/room"),
        ("DRAIN_SECONDS", "soon"),
        ("JOINS_PER_SECOND", "0"),
        ("RECORDING_HOURS", "0"),
        ("RECORDING_FREE_MIB", "much"),
        ("READS_PER_SECOND", "many"),
        ("WRITES_PER_SECOND", "-1"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_what_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"AFTERPARTY_{name}"):
        from_environment({f"AFTERPARTY_{name}": value})


def test_announced_when_nothing_is_said() -> None:
    assert Settings().announced() == ("127.0.0.1",)
    assert Settings(media_host="0.0.0.0").announced() == ("127.0.0.1",)
    assert Settings(announce=("localhost",)).announced() == ("127.0.0.1",)
    with pytest.raises(SettingsError):
        Settings(announce=("no-such-name.invalid",)).announced()


@pytest.mark.parametrize("literal", ["203.0.113.7", "2001:db8::7"])
def test_an_address_is_announced_as_it_is(literal: str) -> None:
    assert Settings(announce=(literal,)).announced() == (literal,)


def test_a_name_is_announced_where_the_port_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}

    def look_up(name: str, port: None, family: socket.AddressFamily, kind: int) -> list[object]:
        assert name == "live.example"
        return [(family, kind, 17, "", (known[family], 0)), (family, kind, 17, "", ("other", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    announce = ("live.example", "203.0.113.7", "live.example")
    assert Settings(announce=announce).announced() == ("192.0.2.1", "203.0.113.7")
    both = Settings(announce=announce, media_host="::").announced()
    assert both == ("192.0.2.1", "2001:db8::1", "203.0.113.7")


def test_a_setting_of_several_parts() -> None:
    assert separated(" a, b,,c ") == ("a", "b", "c")
    assert separated("") == ()


@pytest.mark.parametrize(
    "name",
    sorted(set(re.findall(r'(?:get|number|networks)\(\s*"([A-Z_]+)"', SOURCE))),
)
def test_every_setting_is_on_the_page_for_operators(name: str) -> None:
    assert f"`AFTERPARTY_{name}`" in PAGE


def test_a_secret_is_one_key_or_several() -> None:
    old, new = "o" * 40, "n" * 40
    phrase = "one phrase of words that are short, and long as a whole"
    assert keys_of(old) == (old,)
    assert keys_of(f"{new}  {old} {new}") == (new, old)
    assert keys_of(phrase) == (phrase,)
