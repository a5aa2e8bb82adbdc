"""Every lead is accounted for, although HeyReach only counts; and nothing is ever started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pydantic
import pytest

from tests.plugins.heyreach.conftest import deliver
from tests.plugins.heyreach.server import Fault, HeyReach
from upscale_connect import CredentialsError, SinkError
from upscale_connect_heyreach.options import HeyReachConfig
from upscale_connect_heyreach.sink import HeyReachSink

OpenSink = Callable[..., HeyReachSink]
ADD = "/campaign/AddLeadsToCampaignV2"


def outcomes(sink: HeyReachSink, *deliveries: Any) -> list[str]:
    return [result.outcome for result in sink.write(deliveries)]


def url(number: int) -> str:
    return f"https://www.linkedin.com/in/ann-{number}"


def test_messages_become_custom_fields(heyreach: HeyReach, open_sink: OpenSink) -> None:
    assert outcomes(open_sink(campaign=7), deliver(1), deliver(2)) == ["written", "written"]
    assert heyreach.shown()[url(1)] == {
        "upscale_connection_request": "Hello Ann1",
        "upscale_first_follow_up": "Again, Ann1",
        "upscale_receipt": "uc-1",
    }
    assert heyreach.count(ADD) == 1


def test_a_lead_that_is_there_is_renewed(heyreach: HeyReach, open_sink: OpenSink) -> None:
    outcomes(open_sink(campaign=7), deliver(1))
    assert outcomes(open_sink(campaign=7), deliver(1, text="Newer", receipt="uc-9")) == ["written"]
    assert heyreach.shown()[url(1)]["upscale_connection_request"] == "Newer"
    assert len(heyreach.campaigns[7].leads) == 1


def test_a_hundred_leads_a_call(heyreach: HeyReach, open_sink: OpenSink) -> None:
    assert outcomes(open_sink(campaign=7), *(deliver(number) for number in range(250))) == ["written"] * 250
    assert heyreach.count(ADD) == 3


def test_the_senders_account_goes_along(heyreach: HeyReach, open_sink: OpenSink) -> None:
    outcomes(open_sink(campaign=7, sender=55), deliver(1))
    (body,) = [body for body in heyreach.bodies if body and "accountLeadPairs" in body]
    assert body["accountLeadPairs"][0]["linkedInAccountId"] == 55
    assert body["campaignId"] == 7


def test_one_that_was_left_out_is_found_by_looking(heyreach: HeyReach, open_sink: OpenSink) -> None:
    """The answer says one failed, and not which."""
    heyreach.faults = [Fault("miss")]
    results = list(open_sink(campaign=7).write([deliver(1), deliver(2), deliver(3)]))
    assert [(one.delivery.lead.lead_id, one.outcome, one.retry) for one in results] == [
        ("1", "failed", True),
        ("2", "written", False),
        ("3", "written", False),
    ]


def test_an_answer_that_is_lost(heyreach: HeyReach, open_sink: OpenSink) -> None:
    """Who is there now and was not before has the messages. Of who was there before, nothing is known."""
    outcomes(open_sink(campaign=7), deliver(1))
    heyreach.faults = [Fault("drop")]
    results = list(open_sink(campaign=7).write([deliver(1, text="Newer"), deliver(2)]))
    assert [(one.delivery.lead.lead_id, one.outcome) for one in results] == [("2", "written")]
    assert heyreach.count(ADD) == 2


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_fails_added_nothing(heyreach: HeyReach, open_sink: OpenSink, status: int) -> None:
    heyreach.faults = [Fault("status", status)]
    results = list(open_sink(campaign=7).write([deliver(1), deliver(2)]))
    assert [(one.outcome, one.retry) for one in results] == [("failed", True)] * 2
    assert heyreach.count(ADD) == 1


def test_the_lead_that_heyreach_refuses_is_found(heyreach: HeyReach, open_sink: OpenSink) -> None:
    bad = deliver(5, slug="refused-5")
    results = list(open_sink(campaign=7).write([*(deliver(number) for number in range(5)), bad, deliver(6)]))
    told = {one.delivery.lead.lead_id: one.outcome for one in results}
    assert told == {**{str(number): "written" for number in (*range(5), 6)}, "5": "failed"}
    (refused,) = [one for one in results if one.outcome == "failed"]
    assert (refused.why, refused.retry) == ("HeyReach refused it: Invalid lead", False)


def test_another_person_under_that_address(heyreach: HeyReach, open_sink: OpenSink) -> None:
    outcomes(open_sink(campaign=7), deliver(1, first="Zoe"))
    (result,) = open_sink(campaign=7).write([deliver(1, first="Max")])
    assert result.outcome == "conflict"
    assert "Zoe Lee" in result.why
    assert heyreach.count(ADD) == 1


def test_a_message_that_nobody_takes(open_sink: OpenSink) -> None:
    (result,) = open_sink(campaign=7).write([deliver(1, text="x" * 8001)])
    assert (result.outcome, result.retry) == ("failed", False)
    assert "more than 8000 characters" in result.why


def test_too_many_calls_are_waited_for(heyreach: HeyReach, open_sink: OpenSink) -> None:
    heyreach.faults = [Fault("status", 429, {"errorMessage": "slow down"}, times=1)]
    with pytest.raises(SinkError, match="too many calls"):
        list(open_sink(campaign=7).write([deliver(1)]))
    assert heyreach.shown() == {}


def test_a_wrong_key(heyreach: HeyReach, open_sink: OpenSink) -> None:
    sink = open_sink(campaign=7)
    object.__setattr__(sink.config, "api_key", pydantic.SecretStr("another"))
    with pytest.raises(CredentialsError, match=r"does not accept the key \(401\)") as caught:
        list(sink.write([deliver(1)]))
    assert "another" not in str(caught.value) + caught.value.hint
    (finding,) = [finding for finding in sink.check() if finding.level == "error"]
    assert "does not accept the key" in finding.message


# What it finds


def test_acceptance_is_read_back(heyreach: HeyReach, open_sink: OpenSink) -> None:
    outcomes(open_sink(campaign=7), deliver(1), deliver(2))
    heyreach.campaigns[7].leads[url(1)].update(connection="ConnectionAccepted", message="MessageReply")
    found = {one.key: one for one in open_sink(campaign=7).find([deliver(1), deliver(2), deliver(3)])}
    assert {key.rpartition("/")[2]: one.fields for key, one in found.items()} == {
        "1": {"accepted": "yes", "replied": "yes", "status": "InSequence"},
        "2": {"accepted": "no", "replied": "no", "status": "InSequence"},
    }
    assert all(one.receipt is None for one in found.values())


def test_a_list_shows_texts_and_receipts(heyreach: HeyReach, open_sink: OpenSink) -> None:
    outcomes(open_sink(list=3), deliver(1))
    (found,) = open_sink(list=3).find([deliver(1)])
    assert found.receipt == "uc-1"
    assert found.fields["connection_request"] == "Hello Ann1"


# Lists


def test_a_list_that_does_not_keep_the_fields(heyreach: HeyReach, open_sink: OpenSink) -> None:
    """As one of its users measured it: the leads are there, the messages are not."""
    heyreach.keeps_list_fields = False
    (result,) = open_sink(list=3).write([deliver(1)])
    assert (result.outcome, result.retry) == ("failed", False)
    assert "use a campaign instead" in result.why


def test_a_list_is_made_once_and_only_if_it_is_asked_for(heyreach: HeyReach, open_sink: OpenSink) -> None:
    sink = open_sink(list_name="New people", create=True)
    assert any("is made by the first delivery" in finding.message for finding in sink.check())
    assert len(heyreach.lists) == 1
    assert outcomes(sink, deliver(1)) == ["written"]
    assert outcomes(open_sink(list_name="New people", create=True), deliver(2)) == ["written"]
    assert [one["name"] for one in heyreach.lists.values()] == ["People", "New people"]


# Before anything is bought


def test_a_good_campaign(open_sink: OpenSink) -> None:
    findings = list(open_sink(campaign=7).check())
    assert {finding.level for finding in findings} == {"ok"}


@pytest.mark.parametrize("status", ["DRAFT", "FINISHED", "CANCELED", "FAILED"])
def test_a_campaign_that_takes_no_leads(heyreach: HeyReach, open_sink: OpenSink, status: str) -> None:
    heyreach.campaigns[7].status = status
    (finding,) = [finding for finding in open_sink(campaign=7).check() if finding.level == "error"]
    assert f"campaign 'Spring' is {status}" in finding.message
    if status == "DRAFT":
        with pytest.raises(SinkError, match="draft campaign"):
            list(open_sink(campaign=7).write([deliver(1)]))


@pytest.mark.parametrize(
    ("sequence", "told"),
    [
        ('{"m": "Hi {upscale_connection_request}"}', "does not use the field 'upscale_first_follow_up'"),
        ('{"m": "{{upscale_connection_request}} {upscale_first_follow_up}"}', "has {{upscale_connection_request}}"),
    ],
)
def test_a_sequence_that_does_not_use_the_fields(
    heyreach: HeyReach, open_sink: OpenSink, sequence: str, told: str
) -> None:
    heyreach.campaigns[7].sequence = sequence
    (finding,) = [finding for finding in open_sink(campaign=7).check() if finding.level == "warning"]
    assert told in finding.message


@pytest.mark.parametrize("target", [{"campaign": 8}, {"list": 9}])
def test_what_is_not_there(open_sink: OpenSink, target: dict[str, Any]) -> None:
    (finding,) = [finding for finding in open_sink(**target).check() if finding.level == "error"]
    assert "for this key (404)" in finding.message


def test_nothing_is_ever_started(heyreach: HeyReach, open_sink: OpenSink) -> None:
    heyreach.campaigns[7].status = "PAUSED"
    sink = open_sink(campaign=7)
    list(sink.check())
    outcomes(sink, deliver(1))
    list(sink.find([deliver(1)]))
    assert heyreach.campaigns[7].status == "PAUSED"
    assert not [path for _, path in heyreach.calls if "Start" in path or "Resume" in path or "Pause" in path]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "exactly one of campaign, list and list_name"),
        ({"campaign": 7, "list": 3}, "exactly one of"),
        ({"list_name": "New"}, "together: nothing is made by the way"),
        ({"campaign": 7, "create": True}, "together"),
        ({"list": 3, "sender": 5}, "for a campaign only"),
        ({"campaign": 7, "fields": {"connection_request": "my note"}}, "letters, digits and _ only"),
        ({"campaign": 7, "fields": {"a": "Note", "b": "note"}}, "the same field"),
        ({"campaign": 7, "base_url": "http://api.heyreach.io"}, "must begin with https://"),
        ({"campaign": 7, "base_url": "https://user:pw@host"}, "must be an address"),
        ({"campaign": 7, "api_key": "two words"}, "must be the key alone"),
        ({"campaign": "seven"}, "valid integer"),
        ({"campaign": 0}, "greater than 0"),
    ],
)
def test_options_that_cannot_be_meant_so(options: dict[str, Any], told: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=told):
        HeyReachConfig(**{"api_key": "key", **options})
