"""What accounts list and are told: what travels, what is kept, and the page."""

import json

from tests.protocol_page import shape

from afterparty.wire.accounts import (
    MeView,
    NoticeKind,
    NoticeList,
    NoticeView,
    decode_notice,
    encode_notice,
)

NOTICE = NoticeView(
    notice="r:soon",
    kind=NoticeKind.SOON,
    room="r",
    title="밤",
    host="hana",
    host_name="Hana",
    at=1.5,
    scheduled_for=None,
    simulated=True,
)


def test_a_notice_comes_back_as_it_went() -> None:
    assert decode_notice(encode_notice(NOTICE)) == NOTICE
    told = NoticeList(notices=[NOTICE])
    assert NoticeList.model_validate_json(told.model_dump_json()) == told


def test_what_a_later_version_adds_is_passed_over() -> None:
    body = json.loads(encode_notice(NOTICE)) | {"more": 1}
    assert decode_notice(json.dumps(body).encode()) == NOTICE


def test_the_page_shapes_accounts_and_notices() -> None:
    assert shape("Me") == list(MeView.model_fields)
    assert shape("Notice") == list(NoticeView.model_fields)
