"""Every code that anybody can be given stands in one table, and on the protocol page."""

import ast
from pathlib import Path

import pytest
from tests.protocol_page import rows

from afterparty.wire.problems import PROBLEMS, body, problem

PACKAGE = Path(__file__).parent.parent.parent / "server" / "afterparty"


def test_the_table_is_the_page_s() -> None:
    page = {code.strip("`"): (int(status), title) for code, status, title in rows("Refusals")}
    assert list(page.items()) == list(PROBLEMS.items())


def calls() -> list[tuple[str, ast.expr]]:
    """Where refusals and problems are made, and the code each is made with."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in ("Refusal", "problem"):
                    where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                    found.append((where, node.args[0]))
    return found


def test_every_code_that_is_given_is_in_the_table() -> None:
    assert len(calls()) > 30
    for where, code in calls():
        if isinstance(code, ast.Constant):
            assert code.value in PROBLEMS, where
        else:
            assert not where.startswith("core/"), f"{where}: the core's codes are literals"


def test_every_code_of_the_table_is_given_somewhere() -> None:
    told = {
        node.value
        for path in PACKAGE.rglob("*.py")
        if path.name != "problems.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(PROBLEMS) <= told


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_what_the_table_says(code: str) -> None:
    status, title = PROBLEMS[code]
    assert body(problem(code)) == {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": title,
    }
    assert problem(code, "In full.").detail == "In full."
    assert 400 <= status < 600


def test_an_unknown_code_tells_nothing_of_what_went_wrong_inside() -> None:
    found = problem("KeyError", "'secret'")
    assert (found.code, found.status) == ("internal", 500)
    assert "secret" not in found.detail
