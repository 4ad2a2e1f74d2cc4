"""Where a scenario's file is, by its name."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent

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
    for shelf in SHELVES:
        if (shelf / f"{name}.yaml").is_file():
            return shelf / f"{name}.yaml"
    known = sorted({path.stem for shelf in SHELVES for path in shelf.glob("*.yaml")})
    raise FileNotFoundError(f"There is no scenario {name!r}; there are: {', '.join(known)}.")
