"""What the API reference leaves open about answers, and what the client does about it.

One test for each open point that concerns the client; `row_NN` numbers them in the order in which the points
come up in the reference. The others concern the requests, the configuration, the mapping and the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tests.upscale.dialect import DIALECT, lead
from upscale_connect.errors import BadAnswerError
from upscale_connect.upscale import Retrieved, UpscaleClient
from upscale_connect.upscale.wire import parse_time

if TYPE_CHECKING:
    from tests.upscale.conftest import FaultServer, Kit

    StartServer = Callable[..., FaultServer]
    MakeClient = Callable[..., UpscaleClient]
    Body = Callable[..., dict[str, Any]]


def test_row_01_counts_that_contradict_the_leads_are_kept_and_not_believed(read: Callable[..., Retrieved]) -> None:
    """Counts are hints: the reference's own samples do not add up."""
    retrieved = read([lead(outreach_message="Hi")], requested_messages_count=10, generated_messages_count=7)
    assert (retrieved.requested, retrieved.generated) == (10, 7)
    assert [found.messages for found in retrieved.leads] == [{"connection_request": "Hi"}]
    odd = read(requested_messages_count="5", generated_messages_count=True, failed_messages_count=-1)
    assert (odd.requested, odd.generated, odd.failed) == (None, None, None)


def test_row_02_null_count_is_not_zero(read: Callable[..., Retrieved]) -> None:
    """`failed_messages_count: null` means not reported."""
    assert read(failed_messages_count=None).failed is None
    assert read(failed_messages_count=0).failed == 0


@pytest.mark.parametrize("echoed", [["connection_request", "share_material_message"], ["outreach_message"], None, "x"])
def test_row_03_echoed_sequence_may_hold_field_names(retrieved_body: Body, kit: Kit, echoed: object) -> None:
    """The echoed sequence is normalised, and nothing depends on it for the known types."""
    body = retrieved_body([lead(share_material_message="Look")])
    body["campaign"]["message_sequence"] = echoed
    (found,) = DIALECT.parse_retrieved(body, kit.request_id, 200, ()).leads
    assert found.messages == {"share_material": "Look"}


def test_row_04_fields_of_types_that_are_not_known(retrieved_body: Body, kit: Kit) -> None:
    """Table first, then `<type>_message`, then any other `*_message` text is kept."""
    body = retrieved_body(
        [lead(outreach_message="1", re_engagement_message="2", stage_ambition_message="3", new_thing_message="4")]
    )
    body["campaign"]["message_sequence"] = ["connection_request", "re-engagement", "stage_ambition", {"step": 1}]
    (found,) = DIALECT.parse_retrieved(body, kit.request_id, 200, ()).leads
    assert found.messages == {"connection_request": "1", "re-engagement": "2", "stage_ambition": "3"}
    assert found.unknown == {"new_thing_message": "4"}


def test_row_04_a_type_that_was_asked_for_is_found_though_nothing_echoes_it(retrieved_body: Body, kit: Kit) -> None:
    """A paid message of a type that nobody knows yet is not lost."""
    body = retrieved_body([{"external_prospect_id": "a", "voice-note_message": "no", "voice_note_message": "Hi"}])
    (found,) = DIALECT.parse_retrieved(body, kit.request_id, 200, ("voice-note",)).leads
    assert found.messages == {"voice-note": "Hi"}


def test_row_09_another_request_s_answer_is_refused(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    """A cache that ignores bodies may give us a stranger's messages."""
    field = "request_message_generation_api_request_secure_request_id"
    for echoed in ("550e8400-e29b-41d4-a716-446655440000", None, 7):
        with pytest.raises(BadAnswerError):
            make_client(faults(kit.answer(200, retrieved_body(**{field: echoed})))).retrieve_messages(kit.request_id)
    same = faults(kit.answer(200, retrieved_body(**{field: kit.request_id.upper()})))
    assert make_client(same).retrieve_messages(kit.request_id).secure_request_id == kit.request_id


@pytest.mark.parametrize(
    ("status", "metadata", "expected"),
    [
        (200, {}, None),
        (202, {}, True),
        (202, {"generation_status": "complete"}, True),
        (200, {"generation_status": "in_progress"}, True),
        (200, {"generation_status": "complete"}, False),
        (200, {"generation_status": "something else"}, None),
        (200, {"generation_status": 3}, None),
    ],
)
def test_row_14_null_is_not_a_failure(
    read: Callable[..., Retrieved], status: int, metadata: dict[str, Any], expected: bool | None
) -> None:
    """A null message is not requested, failed or not ready; only the server's own word says which."""
    retrieved = read([lead(outreach_message=None, first_follow_up_message=" ")], status, **metadata)
    assert retrieved.leads[0].messages == {}
    assert retrieved.in_progress is expected


def test_row_14_an_answer_before_completion_may_have_no_leads(kit: Kit) -> None:
    """202 with little in it is no error."""
    begun: dict[str, Any] = {"metadata": {"generation_status": "in_progress"}, "campaign": {}}
    bare: dict[str, Any] = {"metadata": {}}
    for body in (bare, begun):
        retrieved = DIALECT.parse_retrieved(body, kit.request_id, 202, ())
        assert (retrieved.leads, retrieved.in_progress) == ((), True)


def test_row_19_account_is_shown_not_interpreted(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    """`monthly_credits` may be used or left; what later servers say is kept."""
    server = faults(kit.answer(200, {"monthly_credits": 0, "monthly_allowance": 1000, "remaining_credits": 400}))
    account = make_client(server).account()
    assert (account.monthly_credits, account.monthly_allowance) == (0, 1000)
    assert account.extra == {"remaining_credits": 400}


def test_row_24_failed_lead_without_its_url_is_still_itself(read: Callable[..., Retrieved]) -> None:
    """Leads are told apart by their id, never by URL or position."""
    retrieved = read([lead("b", linkedin=None, outreach_message=None), lead("a", linkedin="x", outreach_message="Hi")])
    assert {found.lead_id: found.messages for found in retrieved.leads} == {"a": {"connection_request": "Hi"}, "b": {}}


def test_row_25_duplicated_leads(
    read: Callable[..., Retrieved], faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    """Equal texts are one; different ones are an error that names the lead."""
    retrieved = read([lead("a", outreach_message="Hi"), lead("a", outreach_message="Hi"), lead("a")])
    assert [(found.lead_id, found.messages) for found in retrieved.leads] == [("a", {"connection_request": "Hi"})]
    server = faults(kit.answer(200, retrieved_body([lead("a", outreach_message=text) for text in ("Hi", "Ho")])))
    with pytest.raises(BadAnswerError, match="lead 'a' twice, with different texts"):
        make_client(server).retrieve_messages(kit.request_id)


def test_row_27_a_lead_may_have_some_messages_only(read: Callable[..., Retrieved]) -> None:
    """Each type of each lead stands for itself."""
    (found,) = read([lead(outreach_message="Hi", hiring_activity_message=None, no_job_posts=True)]).leads
    assert found.messages == {"connection_request": "Hi"}


def test_row_28_the_reason_belongs_to_the_request(read: Callable[..., Retrieved]) -> None:
    """One prose sentence for all failures; it is not attributed to a lead."""
    assert read(failed_messages_reason="Some prospects …").failed_reason == "Some prospects …"
    assert read(failed_messages_reason=None).failed_reason is None


def test_row_30_leads_that_were_not_asked_for_are_passed_on(read: Callable[..., Retrieved]) -> None:
    """The sample shows a third lead from nowhere; the caller compares with what it sent."""
    assert [found.lead_id for found in read([lead("lead_001"), lead("lead_003")]).leads] == ["lead_001", "lead_003"]


def test_row_34_placeholders_are_read_tolerantly(faults: StartServer, make_client: MakeClient, kit: Kit) -> None:
    """Missing fields are None, unknown ones are kept."""
    (sequence,) = make_client(faults(kit.answer(200, [{"name": "S", "steps": 3}]))).get_sequences()
    assert (sequence.id, sequence.name, sequence.extra) == (None, "S", {"steps": 3})


def test_row_38_a_whole_result_in_one_answer(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    """There is no paging: ten megabytes are read, a bomb is not."""
    leads = [lead(f"lead_{number}", outreach_message="x" * 1000) for number in range(10_000)]
    client = make_client(faults(kit.answer(200, retrieved_body(leads))))
    assert len(client.retrieve_messages(kit.request_id).leads) == 10_000


def test_row_39_each_call_has_an_id_for_support(read: Callable[..., Retrieved]) -> None:
    """It is handed on, and does not count as a change."""
    first, second = (read(retrieve_messages_api_request_secure_request_id=name) for name in ("r-1", "r-2"))
    assert (first.retrieve_id, second.retrieve_id) == ("r-1", "r-2")
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-08T11:30:45Z", datetime(2024, 2, 8, 11, 30, 45, tzinfo=UTC)),
        ("2024-02-08T11:30:45.123Z", datetime(2024, 2, 8, 11, 30, 45, 123000, tzinfo=UTC)),
        ("2024-02-08T11:30:45+02:00", datetime(2024, 2, 8, 11, 30, 45, tzinfo=timezone(timedelta(hours=2)))),
        ("2024-02-08T11:30:45", None),
        ("yesterday", None),
    ],
)
def test_row_42_times(text: str, expected: datetime | None) -> None:
    """ISO 8601 with an offset, fractions tolerated; without an offset it is no time."""
    assert parse_time(text) == expected


def test_both_spellings_of_counts(read: Callable[..., Retrieved]) -> None:
    """Later servers write the singular."""
    names = ("requested_messages_count", "generated_messages_count", "failed_messages_count")
    plural: dict[str, Any] = dict.fromkeys(names)
    singular = {"requested_message_count": 5, "generated_message_count": 4, "failed_message_count": 1}
    retrieved = read(**plural, **singular)
    assert (retrieved.requested, retrieved.generated, retrieved.failed) == (5, 4, 1)


@pytest.mark.promise(row="E7")
def test_half_characters_become_replacement_characters_in_that_text_only(
    faults: StartServer, make_client: MakeClient, kit: Kit, retrieved_body: Body
) -> None:
    """JSON can spell unpaired surrogates, which no file and no database can hold."""
    body = retrieved_body([lead("a", outreach_message="x\ud83dy"), lead("b", outreach_message="\U0001f600")])
    leads = make_client(faults(kit.answer(200, body))).retrieve_messages(kit.request_id).leads
    assert [found.messages["connection_request"] for found in leads] == ["x\ufffdy", "\U0001f600"]
