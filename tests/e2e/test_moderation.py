"""The audit list and reports, by everybody, at a real server."""

from typing import Any

from tests.e2e.cast import Cast, open_cast
from tests.e2e.conftest import Server

MAY_READ = {"host", "cohost", "admin"}


async def _code(cast: Cast, who: str, method: str, path: str, body: Any = None) -> str | None:
    answer = await cast.ask(who, method, path, body)
    assert answer.is_success or answer.is_client_error, answer.text
    return None if answer.is_success else str(answer.json()["code"])


async def test_the_audit_list_says_who_did_what_and_who_may_read_it(server: Server) -> None:
    async with open_cast(server.url, "audited") as cast:
        room = await cast.room("room", "live")
        path = f"/v1/rooms/{room}/audit"
        listener = cast.members["listener"]
        await cast.command("cohost", room, "accept", member="stranger")
        await cast.command("speaker", room, "unmute")
        await cast.command("cohost", room, "mute", member="speaker")
        await cast.command("host", room, "lock", locked=True)
        await cast.command("cohost", room, "block", member=listener)
        for who in cast.tokens.keys() | {"none"}:
            wrong = {"none": "unauthenticated", "forged": "bad_token"}.get(who, "forbidden")
            assert await _code(cast, who, "GET", path) == (None if who in MAY_READ else wrong), who
        found = await cast.done("cohost", "GET", path)
        assert found["next"] is None
        told = [(e["by"], e["what"], e["member"]) for e in found["entries"]]
        assert told[0] == ("host", "made the room", None)
        assert told[-5:] == [
            ("cohost", "brought onto the stage", "stranger"),
            ("cohost", "muted", "speaker"),
            ("host", "locked the room", None),
            ("cohost", "took back the invitation of", listener),
            ("cohost", "blocked", listener),
        ]
        paged: list[Any] = []
        after: int | None = 0
        while after is not None:
            page = await cast.done("admin", "GET", f"{path}?limit=2&after={after}")
            assert len(page["entries"]) <= 2
            paged += page["entries"]
            after = page["next"]
        assert paged == found["entries"]
        await cast.command("host", room, "demote", member="cohost")
        assert await _code(cast, "cohost", "GET", path) == "forbidden"


async def test_reports_are_made_by_whoever_was_there_and_read_by_admins(server: Server) -> None:
    async with open_cast(server.url, "reported") as cast:
        room = await cast.room("room", "live")
        path = f"/v1/rooms/{room}/reports"
        listener, anonymous = cast.members["listener"], cast.members["anonymous"]
        report = {"member": "speaker", "reason": "  Sang too loud.  "}
        for who, code in {
            "none": "unauthenticated",
            "forged": "bad_token",
            "admin": "not_in_room",
            "listener": "not_in_room",
            "anonymous": "anonymous_listens",
            "astray": "forbidden",
            "confined": "forbidden",
            "elsewhere": "forbidden",
        }.items():
            assert await _code(cast, who, "POST", path, report) == code, who
        async with cast.joined("listener", room):
            made = await cast.done("listener", "POST", path, report)
        assert (made["room"], made["member"]) == (room, "speaker")
        # Who has gone may still, so often and no more; about the room is another thing.
        for code in (None, None, "too_many_reports"):
            assert await _code(cast, "listener", "POST", path, report) == code
        assert await _code(cast, "listener", "POST", path, {"reason": "The title."}) is None
        for body, code in (
            ({"member": "speaker", "reason": " "}, "bad_report"),
            ({"member": "speaker", "reason": "x" * 501}, "bad_report"),
            ({"member": "cohost", "reason": "x"}, "bad_report"),
            ({"member": anonymous, "reason": "x"}, "bad_report"),
            ({"member": "speaker"}, "bad_request"),
        ):
            assert await _code(cast, "cohost", "POST", path, body) == code, body
        assert await _code(cast, "host", "POST", path, {"member": listener, "reason": "x"}) is None

        for who in cast.tokens.keys() | {"none"}:
            wrong = {"none": "unauthenticated", "forged": "bad_token"}.get(who, "forbidden")
            expected = None if who == "admin" else wrong
            assert await _code(cast, who, "GET", "/v1/reports") == expected, who
            if expected:
                assert await _code(cast, who, "DELETE", f"/v1/reports/{made['report']}") == expected
        found = [
            one
            for one in (await cast.done("admin", "GET", "/v1/reports?limit=500"))["reports"]
            if one["room"] == room
        ]
        assert [(one["by"], one["member"]) for one in found] == [
            (listener, "speaker"),
            (listener, "speaker"),
            (listener, "speaker"),
            (listener, None),
            ("host", listener),
        ]
        assert found[0]["reason"] == "Sang too loud."
        page = await cast.done("admin", "GET", f"/v1/reports?limit=1&after={made['report']}")
        assert page["reports"] == [found[1]]
        assert page["next"] == found[1]["report"]
        # None of it is in what everybody can read.
        events = (await cast.ask("none", "GET", f"/v1/rooms/{room}/events?limit=1000")).text
        assert "Sang" not in events
        dealt_with = f"/v1/reports/{made['report']}"
        assert (await cast.ask("admin", "DELETE", dealt_with)).status_code == 204
        assert await _code(cast, "admin", "DELETE", dealt_with) == "not_found"
        assert await _code(cast, "listener", "POST", path, report) is None


async def test_an_admin_of_one_show_reads_the_reports_of_that_show(server: Server) -> None:
    async with open_cast(server.url, "one-show") as cast:
        room = await cast.room("room", "live")
        made = await cast.done("host", "POST", f"/v1/rooms/{room}/reports", {"reason": "x"})
        for who, show in (("own", cast.show), ("other", "another")):
            asked = {"handle": "admin", "grants": ["admin"], "show": show}
            cast.tokens[who] = (await cast.done("none", "POST", "/v1/token", asked))["token"]
            found = (await cast.done(who, "GET", "/v1/reports?limit=500"))["reports"]
            assert {one["show"] for one in found} == ({cast.show} if who == "own" else set())
        dealt_with = f"/v1/reports/{made['report']}"
        assert await _code(cast, "other", "DELETE", dealt_with) == "forbidden"
        assert (await cast.ask("own", "DELETE", dealt_with)).status_code == 204


async def test_who_is_not_there_neither_asks_to_speak_nor_raises_a_hand(server: Server) -> None:
    async with open_cast(server.url, "not-there") as cast:
        room = await cast.room("room", "live")
        before = (await cast.done("none", "GET", f"/v1/rooms/{room}"))["room"]
        for kind in ("request", "raise_hand", "accept_invitation"):
            path = f"/v1/rooms/{room}/commands"
            assert await _code(cast, "listener", "POST", path, {"type": kind}) == "not_in_room"
        assert (await cast.done("none", "GET", f"/v1/rooms/{room}"))["room"] == before
