"""What a delivery tells a sink before it writes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from upscale_connect import Delivery, Lead, Message, Record

LEAD = Lead("7", "https://www.linkedin.com/in/jane-doe", "li:in:jane-doe", "Acme", "Jane", "Doe")


@pytest.fixture
def delivery() -> Delivery:
    text = Message("connection_request", "Hello\nJane", datetime(2026, 1, 2, tzinfo=UTC))
    earlier = {"connection_request": ["Hi Jane"], "breakup": ["Bye"]}
    return Delivery("c/k/7", Record("7", {}), LEAD, {text.type: text}, "uc-1", earlier)


@pytest.mark.parametrize("shown", ["", "  ", "Hello\nJane", "Hello\r\nJane\r\n", "Hi Jane", " Hi Jane "])
def test_a_place_that_is_free_or_ours(delivery: Delivery, shown: str) -> None:
    assert delivery.may_replace("connection_request", shown)


@pytest.mark.parametrize("shown", ["Hello Jane", "Hello\nJane!", "Bye", "hi jane"])
def test_a_place_where_a_person_wrote(delivery: Delivery, shown: str) -> None:
    assert not delivery.may_replace("connection_request", shown)


def test_a_type_without_a_new_message(delivery: Delivery) -> None:
    assert delivery.may_replace("breakup", "Bye")
    assert not delivery.may_replace("breakup", "Goodbye")
    assert not delivery.may_replace("share_material", "anything")


def test_a_place_of_somebody_else(delivery: Delivery) -> None:
    assert delivery.find_stranger(linkedin="linkedin.com/in/jane-doe", name="") == ""
    assert "John Roe" in delivery.find_stranger(name="John Roe")
