"""The scenario format as a JSON Schema, for editors: every key with what it means.

``python -m afterparty.replay.schema > scenarios/scenario.schema.json`` writes it anew.
"""

import json
import sys
from typing import Any

from pydantic import BaseModel

from afterparty.replay.scenario import Scenario


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
    sys.stdout.write(schema_text())
