"""The scenario format as a JSON Schema, for editors.

``python -m afterparty.replay.schema > scenarios/scenario.schema.json`` writes it anew.
"""

import json
import sys

from afterparty.replay.scenario import Scenario


def schema_text() -> str:
    """The JSON Schema (2020-12) of a scenario file, as the text that is published."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Scenario.model_json_schema(by_alias=True),
    }
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
