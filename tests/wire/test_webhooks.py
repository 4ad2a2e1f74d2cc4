import pytest
from pydantic import ValidationError

from afterparty.wire.webhooks import CreateWebhook, Webhook, secret_of, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_example_of_standard_webhooks_is_signed_as_it_says() -> None:
    body = b'{"test": 2432232314}'
    ident = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(SECRET, ident, 1614265330, body) == expected


def test_a_secret_is_written_as_its_owner_needs_it() -> None:
    assert secret_of(bytes(24)) == "whsec_" + "A" * 32
    for wrong in ("", "whsec_%%%", "c2VjcmV0"):
        with pytest.raises(ValueError, match="no secret"):
            signature(wrong, "r:1", 1, b"{}")


def test_what_is_asked_for_has_a_form() -> None:
    assert CreateWebhook(url="https://example.org/", events=["room_ended"]).show is None
    for wrong in (
        {"url": "x" * 501},
        {"url": "https://example.org/", "events": ["room_exploded"]},
        {"url": "https://example.org/", "show": ".."},
        {"url": "https://example.org/", "secret": SECRET},
    ):
        with pytest.raises(ValidationError):
            CreateWebhook.model_validate(wrong)


def test_neither_secret_nor_address_gets_into_a_log() -> None:
    kept = Webhook(
        webhook="wh-1", url="https://example.org/?key=mine", show=None, events=[],
        secret=SECRET, made_at=1.0, by="admin",
    )  # fmt: skip
    assert SECRET not in repr(kept)
    assert "key=mine" not in repr(kept)
