import json

import pytest

from afterparty.node.ground.logs import redact

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJob3N0In0.c2lnbmF0dXJl_-1"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"got {JWT} and {JWT[:-1]}", "got … and …"),
        ("eyJhbGciOiJub25lIn0.e30.", "…"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer …"),
        ('{"token": "opaque-1", "room": "r"}', '{"token": "…", "room": "r"}'),
        (r"{\"token\": \"opaque-1\", \"room\": \"r\"}", r"{\"token\": \"…\", \"room\": \"r\"}"),
        ("/v1/ws?token=opaque&room=r", "/v1/ws?token=…&room=r"),
        ("secret='k-e+y/1='", "secret='…='"),
        (r"a=ice-pwd:abc+/123\r\na=mid:0", r"a=ice-pwd:…\r\na=mid:0"),
        ("rediss://user:pass@redis.example:6379/0", "rediss://…@redis.example:6379/0"),
        ("from ('203.0.113.7', 40000)", "from ('…', 40000)"),
        ("from 203.0.113.7:40000.", "from …:40000."),
        ("from [2001:db8::1]:443", "from […]:443"),
        ("candidate ::1, fe80::1 and ::ffff:192.0.2.1", "candidate …, … and …"),
        ("at 12:34:56 on 2026-11-26T12:34:56.789Z", "at 12:34:56 on 2026-11-26T12:34:56.789Z"),
        ("Python 3.11.7, room::x, file.py:10:5", "Python 3.11.7, room::x, file.py:10:5"),
    ],
)
def test_what_is_taken_out_and_what_is_left(text: str, left: str) -> None:
    assert redact(text) == left


def test_json_stays_json() -> None:
    event = {"event": f'"{JWT}"\\ bearer {JWT}\n', "exception": 'a=ice-pwd:xyz\r\n"192.0.2.1"\\'}
    told = json.loads(redact(json.dumps(event)))
    assert told == {"event": '"…"\\ bearer …\n', "exception": 'a=ice-pwd:…\r\n"…"\\'}
