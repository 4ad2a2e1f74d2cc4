"""The folder tree is the architecture: imports go one way, and the core is pure."""

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Container, Sequence
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "server" / "afterparty"

# Who may import whom, besides itself. cli.py stands above the house.
MAY_IMPORT = {
    "core": set(),
    "wire": {"core"},
    "store": {"core", "wire"},
    "media": {"core", "wire"},
    "node": {"core", "wire", "store", "media"},
    "client": {"wire"},
    "pages": set(),
    "replay": {"client", "wire", "pages"},
    "loadtest": {"client", "wire", "pages"},
}
# replay and loadtest drive a server through its public API; wire is that API's form.

_NODES = {
    "ground", "access", "live", "audio", "people", "talk", "tape", "books", "abroad", "foyer",
}  # fmt: skip
_MEDIAS = {"events", "datagrams", "desk", "inward", "between", "tape", "outward"}

# And within those whose rooms are as many as a house's. "" is whatever lies beside them.
ROOMS_MAY_IMPORT: dict[str, dict[str, set[str]]] = {
    "replay": {
        "words": set(),
        "plan": {"words"},
        "voice": set(),
        "verdict": {"words"},
        "evening": {"words", "plan", "voice", "verdict"},
        "season": {"words", "voice", "verdict", "evening"},
        "author": {"words", "plan"},
    },
    "node": {
        "ground": set(),
        "access": {"ground"},
        "live": {"ground", "access"},
        "audio": {"ground", "access", "live"},
        "people": {"ground", "access", "live", "audio"},
        "talk": {"ground", "access", "live"},
        "tape": {"ground", "access", "live"},
        "books": {"ground", "access", "live"},
        "abroad": {"ground", "live", "people"},
        "foyer": {"ground", "access", "live", "people", "abroad"},
        "": _NODES,
        "doors": {"", *_NODES},
    },
    "media": {
        "events": set(),
        "datagrams": set(),
        "desk": {"datagrams"},
        "inward": {"events", "datagrams", "desk"},
        "between": {"datagrams", "desk", "inward"},
        "tape": {"desk"},
        "outward": {"datagrams", "desk", "inward"},
        "": _MEDIAS,
    },
}

# The browser client's rooms. Types may be named from anywhere: they are gone when it runs.
CLIENT_DEMO = PACKAGE.parent.parent / "client_demo" / "js"
PARTS = {"pure", "parts", "wire"}
CLIENT_MAY_IMPORT: dict[str, set[str]] = {
    "pure": set(),
    "parts": {"pure"},
    "wire": {"pure"},
    "sound": {"pure", "wire"},
    "who": PARTS,
    "records": PARTS,
    "lobby": {"who", "records", *PARTS},
    "tape": {"who", *PARTS},
    "room": {"who", "records", "lobby", "sound", *PARTS},
    "": {"who", "records", "lobby", "tape", "room", "sound", *PARTS},
}

# All that a pure module needs. Whatever else the standard library has, it does not.
CORE_NEEDS = {"collections.abc", "dataclasses", "enum", "functools", "types", "typing", "zlib"}
# What reaches the world, or differs between two runs, without an import.
IMPURE = {"open", "print", "input", "eval", "exec", "compile", "breakpoint", "id", "hash"}
BY_THE_BACK_DOOR = {"__import__", "import_module", "__builtins__"}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> set[str]:
    """Every module that is imported, wherever in the file; names taken from the package itself."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
            assert "afterparty" not in names, f"{path}: name the module, not the whole package"
            found |= names
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction of an arrow"
            if node.module == "afterparty":
                found |= {f"afterparty.{alias.name}" for alias in node.names}
            else:
                found.add(node.module or "")
    return found


def _names(path: Path) -> set[str]:
    """Every name and attribute that the file mentions."""
    nodes = list(ast.walk(_tree(path)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _rooms() -> list[str]:
    return sorted(p.name for p in PACKAGE.iterdir() if p.is_dir() and any(p.rglob("*.py")))


def _core_modules() -> list[str]:
    relative = (p.relative_to(PACKAGE.parent) for p in (PACKAGE / "core").rglob("*.py"))
    return sorted(".".join(p.with_suffix("").parts).removesuffix(".__init__") for p in relative)


def _path(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("room", _rooms())
def test_imports_go_one_way(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room, "__version__"}
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for name in _imports(path):
            if name.startswith("afterparty."):
                target = name.split(".")[1]
                assert target in allowed, f"{path}: {room} must not import {target}"
        assert not _names(path) & BY_THE_BACK_DOOR, f"{path}: an import that no test can see"


@pytest.mark.parametrize("house", ROOMS_MAY_IMPORT)
def test_imports_go_one_way_within(house: str) -> None:
    rooms, root = ROOMS_MAY_IMPORT[house], PACKAGE / house
    assert {p.name for p in root.iterdir() if (p / "__init__.py").exists()} <= set(rooms)
    for path in sorted(root.rglob("*.py")):
        room = _room_of(path.relative_to(root).with_suffix("").parts, rooms)
        for name in _imports(path):
            if name.startswith(f"afterparty.{house}"):
                target = _room_of(name.split(".")[2:], rooms)
                assert target == room or target in rooms[room], f"{path}: {name}"


def _room_of(parts: Sequence[str], rooms: Container[str]) -> str:
    return parts[0] if parts and parts[0] in rooms else ""


def test_imports_go_one_way_in_the_browser_client() -> None:
    assert {p.name for p in CLIENT_DEMO.iterdir() if p.is_dir()} == set(CLIENT_MAY_IMPORT) - {""}
    for path in sorted(CLIENT_DEMO.rglob("*.js")):
        room = _room_of(path.relative_to(CLIENT_DEMO).parts, CLIENT_MAY_IMPORT)
        source = path.read_text(encoding="utf-8")
        for name in re.findall(r"^(?:import|export)\b[^;]*? from '([^']+)';", source, re.M):
            target = (path.parent / name).resolve()
            assert target.is_file(), f"{path}: {name}"
            other = _room_of(target.relative_to(CLIENT_DEMO).parts, CLIENT_MAY_IMPORT)
            assert other == room or other in CLIENT_MAY_IMPORT[room], f"{path}: {name}"


@pytest.mark.parametrize("module", _core_modules())
def test_core_is_pure(module: str) -> None:
    path = _path(module)
    for name in _imports(path):
        own = name.startswith("afterparty.core")
        assert own or name in CORE_NEEDS, (
            f"{path} imports {name}: the core has no IO, clock, chance"
        )
    assert not _names(path) & IMPURE, path
    unwanted = (ast.AsyncFunctionDef, ast.Await, ast.Global, ast.Nonlocal)
    assert not any(isinstance(node, unwanted) for node in ast.walk(_tree(path))), path


@pytest.mark.parametrize("module", _core_modules())
def test_core_keeps_nothing_that_could_change(module: str) -> None:
    kept = {k: v for k, v in vars(importlib.import_module(module)).items() if k[:2] != "__"}
    changeable = {k for k, v in kept.items() if isinstance(v, list | dict | set | bytearray)}
    assert not changeable


@pytest.mark.parametrize("module", _core_modules())
def test_core_imports_bring_no_io(module: str) -> None:
    probe = (
        f"import sys, {module}; "
        "print([m for m in ('asyncio', 'socket', 'redis', 'aiortc', 'fastapi', 'pydantic', 'numpy')"
        " if m in sys.modules])"
    )
    # -S: what an environment's own start-up files bring in is not the core's doing.
    out = subprocess.run(
        [sys.executable, "-S", "-c", probe],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(PACKAGE.parent)},
    )  # fmt: skip
    assert out.stdout.strip() == "[]"


EVENING = """
from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.evolution import fold
from afterparty.core.handoff import Ledger, Outcome, close, decline, move, offer
from afterparty.core.model import SYSTEM, Person, Role, RoomKind

people = [Person(name, name) for name in ("hana", "sol", "plumless", "buckeroo", "lee")]
host, *others = people
room, log = None, []
for command in (
    c.CreateRoom(host, "r", "s", RoomKind.SPACE, "T", stage=((others[0], Role.SPEAKER),)),
    c.OpenRoom(host),
    *(c.RequestToSpeak(person) for person in others[1:]),
    *(c.AcceptRequest(host, person.member) for person in others[1:]),
    *(c.Unmute(person) for person in people),
    *(c.Invite(host, f"m{number}") for number in range(20)),
    c.OfferHandoff(host, "h", "next", "s", True),
    c.BeginHandoff(SYSTEM, "h", True),
):
    events = decide(room, command, float(len(log)))
    log += events
    room = fold(events, room)
ledger = offer(Ledger(), (person.member for person in people))
ledger = close(move(decline(ledger, "sol"), "lee"), Outcome.LOST)
print(log, room, ledger, ledger.tally)
"""


def test_core_decides_the_same_in_every_process() -> None:
    told = set()
    for seed in ("0", "1", "2"):
        env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONHASHSEED": seed}
        out = subprocess.run(
            [sys.executable, "-c", EVENING], capture_output=True, text=True, check=True, env=env
        )
        told.add(out.stdout)
    assert len(told) == 1
    assert "moving" in told.pop()


def test_the_package_tells_its_version_and_nothing_it_has_not() -> None:
    package = importlib.import_module("afterparty")
    assert package.__version__[0].isdigit()
    with pytest.raises(AttributeError, match="nonsense"):
        _ = package.nonsense
