from pathlib import Path

import pytest
from tests.replay.littleseason import write_season

from afterparty.replay.words.finding import find, find_season


def test_a_name_is_found_on_the_shelf() -> None:
    assert find("enhypen-preshow").name == "enhypen-preshow.yaml"


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("scenario: mine")
    assert find(str(file)) == file


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(FileNotFoundError, match="astro-after-party, bambam-record, "):
        find("nobodys-evening")
    with pytest.raises(FileNotFoundError, match=r"; did you mean .enhypen-preshow.\?$"):
        find("enhypen-prshow")
    with pytest.raises(FileNotFoundError, match="no file"):
        find("nowhere.yaml")


def test_a_season_is_a_folder_and_no_scenario(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "evenings")
    assert find_season(str(folder)) == folder
    with pytest.raises(FileNotFoundError, match=r"There is no season\.yaml in"):
        find_season(str(tmp_path))
    with pytest.raises(FileNotFoundError) as told:
        find("season")
    assert "season," not in str(told.value)


@pytest.mark.parametrize("name", ["scenarios", "scenarios/"])
def test_the_season_that_ships_is_found_from_anywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (find_season(name) / "season.yaml").is_file()
