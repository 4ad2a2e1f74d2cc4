import pytest

from afterparty.node.settings import Settings, SettingsError, from_environment


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
            "AFTERPARTY_SECRET": "s" * 32,
        }
    )
    assert (settings.port, settings.media_port, settings.dev) == (0, 40000, True)
    assert settings.announced() == ("192.0.2.1", "192.0.2.2")
    assert settings.redis_url == "redis://:hunter2@localhost:6379/0"
    assert "hunter2" not in repr(settings)
    assert "s" * 32 not in repr(settings), "a secret does not get into a log"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("MEDIA_PORT", "65536"),
        ("MAX_MEMBERS", "0"),
        ("SECRET", "short"),
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
