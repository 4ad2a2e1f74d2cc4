"""A series: what is taken, what travels, what is kept, and the page."""

import json
from typing import Any

import pytest
from pydantic import ValidationError
from tests.protocol_page import rows, shape, ticked

from afterparty.core.rules import DESCRIPTION_LIMIT
from afterparty.wire.series import (
    CreateSeries,
    Series,
    SeriesSummary,
    SeriesView,
    decode_series,
    encode_series,
)

ASKED: dict[str, Any] = {
    "series": "talks",
    "title": "Talks",
    "description": "One a week.",
    "show": "s",
}
MADE = Series(series="talks", title="밤", description="", by="hana", show=None, created_at=1.5)


def test_what_is_asked_for_comes_back_as_it_went() -> None:
    assert set(ASKED) == set(CreateSeries.model_fields)
    found = CreateSeries.model_validate(ASKED)
    assert found.model_dump(mode="json") == ASKED
    plain = CreateSeries(series="s", title=" T ")
    assert (plain.title, plain.description, plain.show) == ("T", "", None)


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        *({key: []} for key in ASKED),
        {"series": "a/b"},
        {"series": "x" * 65},
        {"series": ":series"},
        {"title": "  "},
        {"title": "x" * 121},
        {"description": "x" * (DESCRIPTION_LIMIT + 1)},
        {"show": ".."},
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CreateSeries.model_validate(ASKED | change)


def test_a_series_is_kept_as_it_was_made() -> None:
    assert decode_series(encode_series(MADE)) == MADE
    later = json.loads(encode_series(MADE)) | {"more": 1}
    assert decode_series(json.dumps(later).encode()) == MADE


def test_the_page_shapes_a_series() -> None:
    assert shape("Series") == list(SeriesSummary.model_fields)
    assert list(SeriesView.model_fields) == [*shape("Series"), "followers", "episodes"]
    request = next(row[0] for row in rows("REST") if "POST /v1/series" in row[0])
    keys = ticked(request)[1].strip("{}").split(", ")
    assert [key.rstrip("?") for key in keys] == list(CreateSeries.model_fields)
