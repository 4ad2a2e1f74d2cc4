"""The formats of evenings and seasons as JSON Schemas, for editors: every key with what it means.

``python -m afterparty.replay.words.schema scenarios`` writes both anew into that folder.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonform import SeasonWords

SCHEMAS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {"scenario.schema.json": Scenario, "season.schema.json": SeasonWords}
)
"""What is published, by the name of its file."""


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file that says what ``form`` does."""
    schema: dict[str, Any] = _in_markdown(form.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text(form: type[BaseModel] = Scenario) -> str:
    """The schema as the text that is published."""
    return json.dumps(schema_of(form), ensure_ascii=False, indent=1) + "\n"


def _in_markdown(found: Any) -> Any:
    """Descriptions as editors show them: on one line, code between single backquotes."""
    if isinstance(found, list):
        return [_in_markdown(one) for one in found]
    if not isinstance(found, dict):
        return found
    told = found.get("description")
    plain = {key: _in_markdown(value) for key, value in found.items()}
    if isinstance(told, str):
        plain["description"] = " ".join(told.replace("``", "`").split())
    return plain


if __name__ == "__main__":
    for file, said in SCHEMAS.items():
        (Path(sys.argv[1]) / file).write_text(schema_text(said), "utf-8")
