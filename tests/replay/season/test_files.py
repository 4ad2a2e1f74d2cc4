"""A season's run for machines: JSON that is read again, and a test case for each claim."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from tests.replay.sampleseason import sample_season

from afterparty.replay.season.files import write_files
from afterparty.replay.season.record import SeasonRecord, load

RECORD = sample_season()


def cases(folder: Path, record: SeasonRecord) -> dict[str, ElementTree.Element]:
    write_files(folder, record)
    suite = ElementTree.parse(folder / "junit.xml").getroot()
    assert suite.get("tests") == str(len(suite))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    return {case.get("name", ""): case for case in suite}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_files(tmp_path / "new", RECORD)
    body = json.loads((tmp_path / "new" / "season.json").read_text())
    assert body["held"] is True
    assert load(body) == RECORD


def test_there_is_a_case_for_each_claim_and_evening(tmp_path: Path) -> None:
    found = cases(tmp_path, RECORD)
    assert len(found) == len(RECORD.claims) + len(RECORD.evenings)
    claim = RECORD.claims[0]
    case = found[f"{claim.claim.kind}: {claim.claim.says}"]
    assert case.get("classname") == "season.small-season.claims"
    assert claim.claim.quote in (case.findtext("system-out") or "")
    assert not case.findall("failure")


def test_what_failed_says_what_was_found(tmp_path: Path) -> None:
    claim = replace(RECORD.claims[0], held=False, measured="nobody holds it\x00")
    first, second = RECORD.evenings
    verdict = replace(first.verdicts[0], held=False, measured="only 3")
    failed = replace(first, verdicts=(verdict, *first.verdicts[1:]))
    broken = replace(second, record=None, verdicts=(), failure="It could not begin.")
    spoiled = replace(RECORD, claims=(claim, RECORD.claims[1]), evenings=(failed, broken))
    found = cases(tmp_path, spoiled)
    told = [case.find("failure") for case in found.values()]
    messages = [str(one.get("message")) for one in told if one is not None]
    assert len(messages) == 3
    assert "nobody holds it" in messages[0]
    assert "only 3" in messages[1]
    assert "It broke off. It could not begin." in messages[2]
    assert json.loads((tmp_path / "season.json").read_text())["held"] is False
