"""A season's run for machines: ``season.json`` and ``junit.xml``. Its evenings have their own."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

from afterparty.replay.season.record import EveningRecord, SeasonRecord, dump
from afterparty.replay.verdict.expect import summed
from afterparty.replay.verdict.report import xml_text


def write_files(folder: Path, record: SeasonRecord) -> None:
    """Write them into ``folder``, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "season.json").write_text(season_json(record), "utf-8")
    (folder / "junit.xml").write_bytes(junit_xml(record))


def season_json(record: SeasonRecord) -> str:
    """Whether all held, and the record, as JSON."""
    body = {"held": record.ok, **dump(record)}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def junit_xml(record: SeasonRecord) -> bytes:
    """The claims and the evenings as JUnit XML: a test case each."""
    cases = [
        *((f"{claim.kind}: {claim.says}", one.held, f"{one.measured}. “{claim.quote}”", "claims")
          for one in record.claims for claim in (one.claim,)),
        *((one.scenario.title, one.ok, _how(one), "evenings") for one in record.evenings),
    ]  # fmt: skip
    started = datetime.fromtimestamp(record.started_at, UTC)
    suite = ET.Element(
        "testsuite",
        name=f"season {record.season.season}",
        tests=str(len(cases)),
        failures=str(sum(not held for _, held, _, _ in cases)),
        errors="0",
        time=f"{record.ended_at:.3f}",
        timestamp=started.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    for name, held, found, group in cases:
        place = f"season.{record.season.season}.{group}"
        case = ET.SubElement(suite, "testcase", classname=place, name=xml_text(name))
        if held:
            ET.SubElement(case, "system-out").text = xml_text(found)
        else:
            ET.SubElement(case, "failure", message=xml_text(found))
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _how(evening: EveningRecord) -> str:
    if evening.record is None:
        return f"It broke off. {evening.failure}"
    failed = [f"{one.says} {one.measured}" for one in evening.verdicts if one.failed]
    return "; ".join(failed) or summed(evening.verdicts)
