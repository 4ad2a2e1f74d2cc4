"""Where a scenario's file is, by its name; and where a season's folder is."""

from pathlib import Path

from afterparty.replay.words.forms import did_you_mean
from afterparty.replay.words.seasonload import FILE

_PACKAGE = Path(__file__).parent.parent.parent

SHELVES = (Path("scenarios"), _PACKAGE.parent.parent / "scenarios", _PACKAGE / "_scenarios")
"""Where named scenarios lie: here, in the checkout, in the installed package."""


def find(name: str) -> Path:
    """The file of a scenario: ``name`` is a path, or what a file on a shelf is called.

    Raises:
        FileNotFoundError: there is none; the message lists what there is.
    """
    if name.endswith((".yaml", ".yml")):
        if Path(name).is_file():
            return Path(name)
        raise FileNotFoundError(f"There is no file {name}.")
    files = {path.stem: path for shelf in reversed(SHELVES) for path in shelf.glob("*.yaml")}
    files.pop(Path(FILE).stem, None)
    if name in files:
        return files[name]
    known = sorted(files)
    close = did_you_mean(name, known) or "."
    raise FileNotFoundError(f"There is no scenario {name!r}; there are: {', '.join(known)}{close}")


def find_season(name: str) -> Path:
    """The folder of a season: ``name`` is a path, or ``scenarios``, wherever that shelf is.

    Raises:
        FileNotFoundError: there is none.
    """
    folder = Path(name)
    shelves = [shelf for shelf in SHELVES if shelf.name.lstrip("_") == name.rstrip("/")]
    for place in (folder, *shelves):
        if (place / FILE).is_file():
            return place
    raise FileNotFoundError(f"There is no {FILE} in {name}.")
