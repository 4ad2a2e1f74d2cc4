"""afterparty.cli: what is typed becomes the settings of a server."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from afterparty.cli import app
from afterparty.node.doors import serving
from afterparty.node.ground.settings import Settings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that servers were to be run with; none is."""
    found: list[Settings] = []

    def run(settings: Settings) -> int:
        found.append(settings)
        return 0

    monkeypatch.setattr(serving, "run", run)
    monkeypatch.delenv("AFTERPARTY_ANNOUNCE", raising=False)
    return found


@pytest.mark.parametrize(
    ("typed", "announced"),
    [
        (["--announce", "203.0.113.7, 2001:db8::7"], ("203.0.113.7", "2001:db8::7")),
        (
            ["--announce", "203.0.113.7", "--announce", "2001:db8::7"],
            ("203.0.113.7", "2001:db8::7"),
        ),
        (["--host", "::"], ("127.0.0.1",)),
    ],
)
def test_addresses_to_announce(
    served: list[Settings], typed: list[str], announced: tuple[str, ...], tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["serve", "--data", str(tmp_path), *typed])
    assert done.exit_code == 0
    assert [settings.announced() for settings in served] == [announced]


def test_what_is_not_typed_is_of_the_environment(
    served: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERPARTY_ANNOUNCE", "192.0.2.1,192.0.2.2")
    assert CliRunner().invoke(app, ["serve"]).exit_code == 0
    assert served[0].announce == ("192.0.2.1", "192.0.2.2")


@pytest.mark.parametrize("what", [["enhypen-preshow"], ["--season", "scenarios"]])
def test_a_replay_begins_only_if_its_report_can_be_written(what: list[str], tmp_path: Path) -> None:
    file = tmp_path / "reports"
    file.write_text("mine")
    typed = ["replay", *what, "--url", "http://127.0.0.1:1", "--out", str(file)]
    done = CliRunner().invoke(app, typed)
    assert (done.exit_code, "nothing can be written there" in done.output) == (2, True)
    assert file.read_text() == "mine"


def test_a_scenario_without_a_name_is_none() -> None:
    done = CliRunner().invoke(app, ["replay", ""])
    assert (done.exit_code, "no scenario ''" in done.output) == (2, True)
