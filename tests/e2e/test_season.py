"""The season of 2021, replayed: what the source says of it comes out of the record book.

For real, against a server's doors, with small audiences and at a speed at which nobody could
listen. Whether voices are heard and sound goes on over a handoff is for evenings at their own speed
(test_commands); here nobody has a voice.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from tests.e2e.conftest import COMMAND, ROOT, Server
from tests.e2e.test_commands import afterparty
from tests.replay.littleseason import write_season
from tests.replay.sentences import SENTENCES

from afterparty.client.api import Api
from afterparty.replay.season import runner as season_module
from afterparty.replay.season.record import ClaimVerdict, SeasonRecord, load
from afterparty.replay.season.runner import Terms, replay_season
from afterparty.replay.verdict.logjudges import roles_held
from afterparty.replay.verdict.record import Record
from afterparty.replay.words.scenario import Scenario

SCENARIOS = ROOT / "scenarios"
QUICKLY = ("--speed", 400, "--voices", "none", "--real", 30)
SCALE = 0.01


class Found:
    """What came of a season's run."""

    def __init__(self, record: SeasonRecord) -> None:
        self.record = record
        self.evenings = {one.scenario.scenario: one for one in record.evenings}

    def claims(self, sentence: str, *kinds: str) -> list[ClaimVerdict]:
        """The claims that quote a sentence and are of the record book, or of those kinds."""
        wanted = kinds or ("holder", "first", "top", "rank")
        return [
            one
            for one in self.record.claims
            if one.claim.quote == sentence and one.claim.kind in wanted
        ]

    def book_says(self, sentence: str) -> bool:
        """Whether all that is claimed of the book for a sentence holds, and there is such a
        claim."""
        found = self.claims(sentence)
        assert found
        failed = [f"{one.claim.says} {one.measured}" for one in found if not one.held]
        assert failed == []
        return True

    def held(self, evening: str, *kinds: str) -> bool:
        """Whether an evening held all that it expects of those kinds, and expects something."""
        verdicts = self.evenings[evening].verdicts
        for kind in kinds:
            of_kind = [one for one in verdicts if one.expectation.kind == kind]
            assert of_kind, f"{evening} expects nothing of the kind {kind}"
            assert [f"{v.says} {v.measured}" for v in of_kind if not v.held] == []
        return True

    def moved(self, evening: str, from_kind: str, to_kind: str) -> int:
        """How many moved in the handoff of an evening, which goes from such a room to such one."""
        found = self.evenings[evening]
        handoff = self.run(evening).handoffs[0]
        kinds = [found.scenario.room(room).kind for room in (handoff.room, handoff.to_room)]
        assert kinds == [from_kind, to_kind]
        tally = handoff.tally
        assert tally is not None
        assert tally["offered"] == tally["moved"] + tally["declined"] + tally["lost"]
        return tally["moved"]

    def listened(self, evening: str) -> bool:
        """Whether fans were in the artists' room, and something was said there."""
        room = next(f for f in reversed(self.evenings[evening].scenario.rooms) if f.kind == "space")
        peaks = [poll.rooms[room.id].peak for poll in self.run(evening).polls]
        return max(peaks) > 0 and self.held(evening, "tuned_in", "captions", "state")

    def speakers(self, evening: str, tag: str) -> int:
        """How many of the cast with a tag were speakers in the evening's Space."""
        found = self.evenings[evening]
        tagged = {member.id for member in found.scenario.cast if tag in member.tags}
        spaces = [form.id for form in found.scenario.rooms if form.kind == "space"]
        held = set().union(*(roles_held(self.run(evening), space) for space in spaces))
        return len({who for who, role in held if role == "speaker"} & tagged)

    def run(self, evening: str) -> Record:
        """The record of an evening that did not break off."""
        found = self.evenings[evening]
        assert found.record is not None, found.failure
        return found.record


CHECKS: dict[str, Callable[[str, Found], bool]] = {}
"""How each sentence is checked."""


def says(sentence: str) -> Callable[[Callable[[str, Found], bool]], None]:
    """The check of the one sentence of the source that begins so."""
    (whole,) = [one for one in SENTENCES if one.startswith(sentence)]

    def keep(check: Callable[[str, Found], bool]) -> None:
        CHECKS[whole] = check

    return keep


@says("As of June 30, three of the Top 5 Twitter Spaces with the most listeners in the world have")
def _top(sentence: str, found: Found) -> bool:
    return found.book_says(sentence)


@says("Fans of artists like NCT (@NCTsmtown), TWICE (@JYPETWICE), BamBam (@BamBam1A), LOONA")
def _live_audio(sentence: str, found: Found) -> bool:
    names = ("nct-first-host", "twice-after-party", "bambam-record", "loona", "monsta-x")
    return all(found.listened(name) for name in names)


@says(
    "GOT7 BamBam (@BamBam1A) set the record for the most listened-to Space since launch, with his"
)
def _bambam(sentence: str, found: Found) -> bool:
    """It fell while the room was live, and the book says so when the day is over."""
    return found.book_says(sentence) and found.held("bambam-record", "record", "crowd")


@says(
    "NCT (@NCTsmtown) was the first K-pop artist to host a Space, and set the record for the most"
)
def _nct(sentence: str, found: Found) -> bool:
    return found.book_says(sentence) and found.held(
        "nct-first-host", "first", "record", "came_back"
    )


@says("TWICE (@JYPETWICE) was the first K-pop girl group to host a Space and connect with their")
def _twice(sentence: str, found: Found) -> bool:
    """And the premiere's audience went over into their Space."""
    return (
        found.book_says(sentence)
        and found.held("twice-after-party", "first")
        and found.moved("twice-after-party", "blueroom", "space") > 0
    )


@says("In addition to the firsts set by the above artists, other firsts include Sandara Park")
def _sandara(sentence: str, found: Found) -> bool:
    """As a speaker and not as the host, before any of them hosted; and fans asked her."""
    return found.book_says(sentence) and found.held(
        "sandara-park-speaks", "first", "role", "never_role", "before", "captions"
    )


@says("#KCON:TACT (KCON (@KCON_official) became the first series of K-pop talk shows on Spaces")
def _kcon(sentence: str, found: Found) -> bool:
    episodes = ("kcon-tact-one", "kcon-tact-two")
    pairs = [found.speakers(name, "artist") for name in episodes]
    return (
        found.book_says(sentence)
        and all(found.held(name, "series") for name in episodes)
        and pairs == [2, 2]
    )


@says("K-pop artists also use #TwitterBlueroom to connect with their fans via livestreamed Q&A.")
def _blueroom(sentence: str, found: Found) -> bool:
    return all(found.held(name, "captions") for name in ("enhypen-preshow", "astro-after-party"))


@says("ENHYPEN (@ENHYPEN) went live on Spaces immediately before going Live on #TwitterBlueroom")
def _enhypen(sentence: str, found: Found) -> bool:
    return found.moved("enhypen-preshow", "space", "blueroom") > 0


@says("ASTRO (@offclASTRO) used Spaces as an after party, going live on #TwitterBlueroom, then")
def _astro(sentence: str, found: Found) -> bool:
    return found.moved("astro-after-party", "blueroom", "space") > 0


@says("As Twitter’s recent research “K-pop Generations Analysis by Twitter Usage” shows")
def _just_b(sentence: str, found: Found) -> bool:
    return found.held("just-b-predebut", "before", "role")


@says("Influential Korean film magazine Cine21 (@cine21_editor) hosted a Space for six prominent")
def _cine21(sentence: str, found: Found) -> bool:
    return found.speakers("cine21-oscars", "journalist") == 6 and found.held(
        "cine21-oscars", "captions"
    )


@says("In another K-culture Space, before the #TwitterBlueroom live-streaming for the Korean movie")
def _book_of_fish(sentence: str, found: Found) -> bool:
    speakers = found.speakers("book-of-fish", "film")
    return speakers == 3 and found.moved("book-of-fish", "space", "blueroom") > 0


@says("Hip Hop artist Simon Dominic and popular webtoonist Jongbeom Lee are among others that have")
def _conversations(sentence: str, found: Found) -> bool:
    return all(found.speakers(name, "fan") > 0 for name in ("simon-dominic", "jongbeom-lee"))


@pytest.fixture(scope="module")
def out(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command left of the whole season."""
    folder = tmp_path_factory.mktemp("season")
    place = ("--url", server.url, "--out", folder)
    done = afterparty(
        "replay", "--season", SCENARIOS, "--scale", SCALE, *QUICKLY, *place, seconds=280
    )
    # At such a speed counts may come too late for what an evening expects; never is it the voices.
    held = json.loads((folder / "season.json").read_text())["held"]
    assert done.returncode == (0 if held else 1), done.stdout + done.stderr
    assert re.search(r"not asked \(no voices\): \d\d", done.stdout)
    assert "Traceback" not in done.stderr
    assert "BamBam1A open" in done.stdout
    assert "“NCT (@NCTsmtown) was the first K-pop artist to host a Space" in done.stdout
    return folder


@pytest.fixture(scope="module")
def found(out: Path) -> Found:
    return Found(load(json.loads((out / "season.json").read_text())))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_whole_season_was_played(found: Found, out: Path) -> None:
    assert len(found.evenings) == 16
    assert {name: one.failure for name, one in found.evenings.items() if one.failure} == {}
    begins = [one.begins for one in found.record.evenings]
    assert begins == sorted(begins)
    assert found.record.notes == ()
    verdicts = [verdict for one in found.record.evenings for verdict in one.verdicts]
    of_sound = [one for one in verdicts if one.expectation.kind in ("heard", "not_heard", "sound")]
    assert not any(one.asked for one in of_sound), "nobody had a voice"
    unasked = {one.expectation.kind for one in verdicts if not one.asked}
    assert unasked == {"heard", "not_heard", "sound", "handoff"}
    page = (out / "bambam-record" / "report.html").read_text()
    assert f"was scaled to {SCALE:g} of its size" in page
    suite = ElementTree.parse(out / "junit.xml").getroot()
    assert suite.get("tests") == str(len(found.record.claims) + 16)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_record_fell_from_one_to_the_next(found: Found) -> None:
    fallen = [one for one in found.record.fallen if (one.kind, one.key) == ("record", "overall")]
    assert [one.scenario for one in fallen][-3:] == [
        "nct-first-host",
        "top-five-elsewhere",
        "bambam-record",
    ]
    assert all(one.listeners == (one.before_listeners or 0) + 1 for one in fallen)
    book = found.record.book
    assert book is not None
    assert all(entry.simulated for entry in book.top), "it is said of each"
    assert book.top[0].simulated_listeners > 0


def test_every_sentence_that_is_claimed_is_checked() -> None:
    assert set(CHECKS) == set(SENTENCES)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence[:30])
def test_what_the_source_says_comes_out_of_the_replay(sentence: str, found: Found) -> None:
    assert CHECKS[sentence](sentence, found)


EVENINGS = ("twice-after-party", "loona", "top-five-elsewhere", "bambam-record")


def changed_season(folder: Path, **changes: Callable[[str], str]) -> Path:
    """A folder with some evenings of the season, changed, and what is claimed of these two."""
    folder.mkdir()
    season = yaml.safe_load((SCENARIOS / "season.yaml").read_text())
    kept = ("first", "holder", "rank")
    season["claims"] = [
        claim
        for claim in season["claims"]
        if claim["kind"] in kept and claim["scenario"] in ("twice-after-party", "bambam-record")
    ]
    (folder / "season.yaml").write_text(yaml.safe_dump(season, allow_unicode=True))
    for name in EVENINGS:
        text = (SCENARIOS / f"{name}.yaml").read_text()
        change = changes.get(name.split("-")[0])
        changed = change(text) if change else text
        assert change is None or changed != text
        (folder / f"{name}.yaml").write_text(changed)
    return folder


def on(day: str) -> Callable[[str], str]:
    """The same evening at the same hour of another day."""
    began = re.compile(r'(?<=begins: \{at: ")[\d-]+')
    return lambda text: began.sub(day, text)


def half(text: str) -> str:
    """The same evening with half of its audience."""
    return re.sub(r"size: (\d+)", lambda found: f"size: {max(1, int(found[1]) // 2)}", text)


@pytest.mark.slow
async def test_another_season_would_have_had_another_book(server: Server, tmp_path: Path) -> None:
    """TWICE a day late, when LOONA have hosted; and BamBam with fewer listeners."""
    folder = changed_season(
        tmp_path / "changed", twice=on("2021-06-10"), loona=on("2021-06-09"), bambam=half
    )
    terms = Terms(speed=400, real=10, scale=SCALE, voices="none")
    record = await replay_season(folder, server.url, tmp_path / "out", terms)
    assert not record.ok
    found = {(v.claim.kind, v.claim.says): (v.held, v.measured) for v in record.claims}
    girl_group = found["first", "TWICE are the first K-pop girl group to host a Space."]
    assert not girl_group[0]
    assert "(loonatheworld)" in girl_group[1]
    since = found["holder", "It still holds it on June 30."]
    assert not since[0]
    assert "of top-five-elsewhere" in since[1]
    assert not found["rank", "BamBam's Space is the first of them."][0]
    fallen = [one.scenario for one in record.fallen if one.key == "since-launch"]
    assert "bambam-record" not in fallen


@pytest.mark.parametrize("spoiled", [False, True])
def test_a_season_passes_or_it_does_not(server: Server, tmp_path: Path, spoiled: bool) -> None:
    folder = write_season(tmp_path / "evenings")
    if spoiled:
        text = (folder / "season.yaml").read_text()
        (folder / "season.yaml").write_text(text.replace("scenario: second", "scenario: first", 1))
    place = ("--url", server.url, "--out", tmp_path / "out")
    done = afterparty("replay", "--season", folder, *QUICKLY[2:], "--speed", 40, *place)
    assert done.returncode == int(spoiled), done.stdout + done.stderr
    suite = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert suite.get("failures") == str(int(spoiled)), done.stdout
    assert ("FAILED" in done.stdout) is spoiled
    assert "First band to host: Ana (ana)" in done.stdout
    assert re.search(r"first  +\d+\.\d s  0:00 ana open", done.stdout)


async def test_an_evening_by_itself_has_a_season_with_its_rivals(
    server: Server, tmp_path: Path
) -> None:
    folder = write_season(tmp_path / "evenings")
    place = ("--url", server.url, "--out", tmp_path / "out")
    alone = (folder / "second.yaml", *QUICKLY[2:], "--speed", 40, *place)
    done = await asyncio.to_thread(afterparty, "replay", *alone)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "out" / "second" / "report.json").read_text())
    async with Api(server.url) as api:
        book = await api.season_book(report["record"]["season"])
    assert [(entry.kind, entry.title) for entry in book.line] == [
        ("told", "A rival"),
        ("room", "The second room"),
    ]
    assert [era.era for era in book.eras] == ["spring"], "by the rules of its folder"


async def test_an_evening_that_breaks_off_does_not_stop_the_others(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = season_module.run

    async def breaks(scenario: Scenario, *args: Any, **more: Any) -> Record:
        if scenario.scenario == "first":
            raise OSError("no more files")
        return await play(scenario, *args, **more)

    monkeypatch.setattr(season_module, "run", breaks)
    folder = write_season(tmp_path / "evenings")
    terms = Terms(speed=40, voices="none")
    record = await replay_season(folder, server.url, tmp_path / "out", terms)
    first, second = record.evenings
    assert first.failure == "OSError: no more files"
    assert second.record is not None
    held = {verdict.claim.kind: verdict.held for verdict in record.claims}
    assert held == {"holder": True, "first": False, "top": False, "rank": False, "evenings": False}
    assert not record.ok


@pytest.mark.usefixtures("hears_all")
def test_a_season_that_is_interrupted_leaves_nobody_behind(server: Server, tmp_path: Path) -> None:
    folder = write_season(tmp_path / "evenings")
    place = ("--url", server.url, "--out", tmp_path / "out")
    command = ("replay", "--season", folder, "--speed", 2, "--real", 1, "--voices", "none", *place)
    process = subprocess.Popen(
        [*COMMAND, *map(str, command)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "server"), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    with process.stdout as lines:
        try:
            assert any("1 listening" in line or "3 listening" in line for line in lines)
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        finally:
            process.kill()
            process.wait()
    asyncio.run(nobody_is_left(server.url, "first-"))


async def nobody_is_left(url: str, show: str) -> None:
    """Wait until the rooms of the newest show of such a name are empty."""
    async with Api(url) as api, asyncio.timeout(20):
        newest = next(one.show for one in await api.shows() if one.show.startswith(show))
        counts = await api.counts(newest)
        while any(room.participants for room in counts.rooms.values()):
            counts = await api.counts(newest)
