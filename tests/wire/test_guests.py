"""Bodies about who is in a room, and the page's word on them."""

from tests.protocol_page import rows

from afterparty.core.model import Role
from afterparty.wire.guests import GuestList, GuestView

ANN = GuestView(member="ann", handle="ann", name="Ann", role=Role.SPEAKER, hand=False)


def test_a_list_comes_back_as_it_went() -> None:
    found = GuestList(room="r", at=1.5, listed=7, anonymous=2, simulated=9, more=6, guests=[ANN])
    assert GuestList.model_validate_json(found.model_dump_json()) == found


def test_the_page_lists_the_keys() -> None:
    told = {row[0]: row[2] for row in rows("REST")}
    answer = told["`GET /v1/rooms/{room}/guests?q=&limit=1000`"]
    for key in (*GuestList.model_fields, *GuestView.model_fields):
        assert key in answer, key
