"""The record book through its doors: REST, and the command line."""

import time
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Evening, Server, running
from tests.e2e.test_commands import afterparty

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.wire.bodies import CreateRecord


def record(**fields: Any) -> CreateRecord:
    """A load test's entry."""
    plain = {"kind": "loadtest", "title": "A load test", "listeners": 100}
    return CreateRecord.model_validate(plain | fields)


async def test_a_load_test_enters_and_a_late_one_corrects_the_line(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        async with Api(server.url) as anybody:
            token = (await anybody.token("tester", grants=["simulate"])).token
            async with Api(server.url, token) as api:
                before = time.time()
                high = await api.create_record(
                    record(listeners=44_208, machine="2 cores", detail={"received": "99.95 %"})
                )
                assert (high.simulated, high.by, high.listeners) == (True, "tester", 44_208)
                assert before <= high.at <= time.time()
                first = await api.create_record(record(entry="first", at=1000.0))
                assert await api.create_record(record(entry="first", at=1000.0)) == first
                low = await api.create_record(record(listeners=50, at=2000.0))
                second = await api.create_record(record(listeners=200, at=3000.0))
                unasked = await api.create_record(record(entry="again", at=None))
                assert await api.create_record(record(entry="again", at=None)) == unasked
        server.kill()
    with running(tmp_path / "data") as server:
        async with Api(server.url) as anybody:
            found = await anybody.records()
            assert found.records == [high, second, first, unasked, low]
            assert found.line == [first, second, high]
            assert (await anybody.records(limit=2)).records == [high, second]
            then = await anybody.records(at=2500.0)
            assert (then.at, then.records, then.line) == (2500.0, [first, low], [first])
        done = afterparty("records", "--url", server.url, "--top", 2)
        assert done.returncode == 0, done.stderr
        top, line = done.stdout.split("Who held the record")
        assert "44,208" in top
        assert "load test (simulated)" in top
        assert "2 cores" in top
        assert "200" in top
        assert "1970-01-01 00:16" in line
        assert "1970-01-01 00:16" not in top, "two were asked for"


async def test_a_room_that_is_over_is_in_the_book(evening: Evening) -> None:
    for handle in ("one", "two"):
        await evening.join(handle)
    await evening.host.command(evening.pre, "end")
    found = (await evening.host.records(100)).records
    while not (mine := [entry for entry in found if entry.room == evening.pre]):
        found = (await evening.host.records(100)).records
    assert [(e.kind, e.listeners, e.simulated, e.by) for e in mine] == [("room", 2, True, "host")]


@pytest.mark.parametrize(
    ("grants", "show", "fields", "code"),
    [
        (None, None, {}, "unauthenticated"),
        (["host"], None, {}, "forbidden"),
        (["simulate"], "a-show", {}, "forbidden"),
        (["simulate"], "a-show", {"show": "another"}, "forbidden"),
        (["admin"], None, {"at": 4102444799.0}, "bad_request"),
        (["admin"], None, {"entry": "taken", "listeners": 101}, "record_exists"),
        (["simulate"], "a-show", {"show": "a-show"}, None),
    ],
)
async def test_who_may_enter_what(
    server: Server, grants: list[str] | None, show: str | None, fields: Any, code: str | None
) -> None:
    async with Api(server.url) as anybody:
        taker = (await anybody.token("taker", grants=["admin"])).token
        mine = (await anybody.token("taker", grants=grants, show=show)).token if grants else None
    async with Api(server.url, taker) as first, Api(server.url, mine) as api:
        await first.create_record(record(entry="taken"))
        if code is None:
            assert (await api.create_record(record(**fields))).show == show
            return
        with pytest.raises(ApiError) as refused:
            await api.create_record(record(**fields))
        assert refused.value.code == code


async def test_an_answer_is_bounded(server: Server) -> None:
    async with Api(server.url) as api:
        for limit, at in ((0, None), (101, None), (5, -1.0), (5, float("nan"))):
            with pytest.raises(ApiError) as refused:
                await api.records(limit, at)
            assert refused.value.code == "bad_request"


async def test_an_entry_cannot_steer_a_terminal(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        done = afterparty("records", "--url", server.url)
        assert done.stdout == "The record book is empty.\n"
        async with Api(server.url) as anybody:
            token = (await anybody.token("tester", grants=["simulate"])).token
        async with Api(server.url, token) as api:
            await api.create_record(record(title="[red]loud[/]", machine="\x1b]0;mine\x07"))
        done = afterparty("records", "--url", server.url)
        assert "[red]loud[/]" in done.stdout
        assert "\x1b" not in done.stdout
        assert "Who held" not in done.stdout, "one alone is no line"
