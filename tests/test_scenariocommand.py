"""afterparty.scenariocommand: what an author types, and what comes of it."""

from pathlib import Path

import pytest
from tests.replay.texts import SMALL
from typer.testing import CliRunner

from afterparty.cli import app
from afterparty.scenariocommand import FAULTS_TOLD


def typed(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["scenario", *words])
    return done.exit_code, done.output


def test_a_right_file_is_said_to_be_and_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    code, said = typed("check", str(file), "enhypen-preshow")
    assert code == 0
    assert f"{file}: right\n  evening   A small evening\n" in said
    assert "enhypen-preshow.yaml: right\n" in said


def test_all_faults_of_all_files_are_told(tmp_path: Path) -> None:
    right, wrong, many = (tmp_path / f"{name}.yaml" for name in ("right", "wrong", "many"))
    right.write_text(SMALL)
    wrong.write_text(SMALL.replace("size: 20", "size: 20 people").replace("is: ended", "is: over"))
    many.write_text(SMALL + "".join(f"extra{n}: 1\n" for n in range(FAULTS_TOLD + 5)))
    code, said = typed(
        "check", str(wrong), str(right), str(many), str(tmp_path / "no.yaml"), "none"
    )
    assert code == 1
    lines = said.splitlines()
    assert [line for line in lines if line.startswith(str(wrong))] == [
        f"{wrong}:18: audience[0].size: expected a whole number, not '20 people'",
        f"{wrong}:35: expect[0].is: 'over' is none of scheduled, live, ended, canceled, timed_out; "
        "did you mean 'ended'?",
    ]
    assert f"{right}: right" in lines
    assert f"{many}: and 5 more" in lines
    assert f"{tmp_path / 'no.yaml'}:1: No such file or directory" in lines
    assert lines[-1].startswith("none: There is no scenario 'none'; there are: ")


def test_a_new_file_is_right_and_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed("new", "small-evening")[0] == 0
    assert typed("check", "small-evening.yaml")[0] == 0
    (tmp_path / "small-evening.yaml").write_text("mine")
    code, said = typed("new", "small-evening")
    assert (code, "is not written over" in said) == (2, True)
    assert (tmp_path / "small-evening.yaml").read_text() == "mine"
    (tmp_path / "scenarios").mkdir()
    assert typed("new", "small-evening")[0] == 0
    assert typed("check", "small-evening")[0] == 0
    assert typed("new", "other", "--out", str(tmp_path / "no" / "such.yaml"))[0] == 2
    assert typed("new", "no name")[0] == 2


def test_a_recording_is_not_written_over_and_needs_a_server(tmp_path: Path) -> None:
    file = tmp_path / "there.yaml"
    file.write_text("mine")
    code, said = typed("record", "talk", "--out", str(file))
    assert (code, "is not written over" in said) == (2, True)
    none = ("--url", "http://127.0.0.1:1", "--out", str(tmp_path / "new.yaml"))
    code, said = typed("record", "talk", *none)
    assert (code, "[unreachable]" in said) == (2, True)
    assert file.read_text() == "mine"


def test_a_recording_begins_only_if_it_can_be_written(tmp_path: Path) -> None:
    dangling = tmp_path / "dangling.yaml"
    dangling.symlink_to("nowhere.yaml")
    for out, why in ((tmp_path / "no" / "new.yaml", "no folder"), (dangling, "there already")):
        code, said = typed("record", "talk", "--url", "http://127.0.0.1:1", "--out", str(out))
        assert (code, why in said, "[unreachable]" in said) == (2, True, False), said


def test_a_season_is_checked_with_its_evenings(tmp_path: Path) -> None:
    scenarios = Path(__file__).parents[1] / "scenarios"
    code, said = typed("check", str(scenarios / "season.yaml"))
    assert code == 0
    assert "  evenings  16 on " in said
    wrong = tmp_path / "season.yaml"
    text = (scenarios / "season.yaml").read_text("utf-8")
    wrong.write_text(text.replace("kind: rank", "kind: ranks", 1), "utf-8")
    code, said = typed("check", str(wrong))
    assert (code, "claims[1].kind: 'ranks' is none of" in said) == (1, True)
    assert "did you mean 'rank'?" in said
