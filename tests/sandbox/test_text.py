"""The synthetic messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.models import MESSAGE_TYPES
from upscale_connect.sandbox.text import compose

ANY_TEXT = st.text(st.characters(), min_size=1)
TYPES = st.sampled_from(MESSAGE_TYPES)
TONES = st.sampled_from(["formal", "normal", "casual"])


@given(TYPES, TONES, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_a_message_is_plainly_synthetic_and_always_the_same(
    message_type: str, tone: str, lead_id: str, first_name: str, company: str
) -> None:
    text = compose(message_type, tone, lead_id, first_name, company)
    assert text.startswith("[sandbox] ")
    assert text.lower().endswith("not for sending.")
    assert first_name[:29] in text
    assert company[:49] in text
    assert text == compose(message_type, tone, lead_id, first_name, company)
    if message_type == "connection_request":
        assert len(text) <= 200


def test_leads_types_and_tones_differ() -> None:
    texts = {
        compose(message_type, tone, lead_id, "Ann", "Acme")
        for message_type in MESSAGE_TYPES
        for tone in ("formal", "normal", "casual")
        for lead_id in ("1", "2")
    }
    assert len(texts) == 24


def test_braces_in_a_name_stay_as_they_are() -> None:
    assert "{company}" in compose("share_material", "normal", "1", "{n}", "{company}")
