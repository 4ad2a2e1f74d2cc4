from pathlib import Path

import pytest

from afterparty.replay.finding import find


def test_a_name_is_found_on_the_shelf() -> None:
    assert find("enhypen-preshow").name == "enhypen-preshow.yaml"


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("scenario: mine")
    assert find(str(file)) == file


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(FileNotFoundError, match="astro-after-party, bambam-record, "):
        find("nobodys-evening")
    with pytest.raises(FileNotFoundError, match="no file"):
        find("nowhere.yaml")
