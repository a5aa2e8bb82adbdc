"""Retrieve answers that are wrong in themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from upscale_connect.sandbox import Sandbox
from upscale_connect.sandbox.faults import KINDS
from upscale_connect.sandbox.mutations import mutate

Call = Callable[..., requests.Response]
Make = Callable[..., dict[str, Any]]


@pytest.fixture
def right_and_wrong(
    sandbox: Sandbox, submit: Call, retrieve: Call, advance: Any
) -> Callable[[str], tuple[dict[str, Any], dict[str, Any]]]:
    """The same complete answer without and with one fault."""

    def ask(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        request_id = submit(3).json()["secure_request_id"]
        advance(10)
        right = retrieve(request_id).json()
        sandbox.faults.add(kind)
        return right, retrieve(request_id).json()

    return ask


def leads_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    leads: list[dict[str, Any]] = answer["campaign"]["leads_data"]
    return leads


def ids_of(answer: dict[str, Any]) -> list[str]:
    return [lead["external_prospect_id"] for lead in leads_of(answer)]


@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("missing_lead", ["lead_001", "lead_002"]),
        ("extra_lead", ["lead_001", "lead_002", "lead_003", "sandbox-strange-lead"]),
        ("duplicate_lead", ["lead_001", "lead_002", "lead_003", "lead_001"]),
        ("conflicting_lead", ["lead_001", "lead_002", "lead_003", "lead_001"]),
        ("reorder_leads", ["lead_003", "lead_002", "lead_001"]),
    ],
)
def test_wrong_sets_of_leads(right_and_wrong: Any, kind: str, ids: list[str]) -> None:
    _, wrong = right_and_wrong(kind)
    assert ids_of(wrong) == ids
    first, last = leads_of(wrong)[0], leads_of(wrong)[-1]
    if kind == "duplicate_lead":
        assert first == last
    if kind == "conflicting_lead":
        assert first["outreach_message"] != last["outreach_message"]


def test_swapped_messages(right_and_wrong: Any) -> None:
    right, wrong = right_and_wrong("swap_messages")
    assert ids_of(wrong) == ids_of(right)
    assert leads_of(wrong)[0]["outreach_message"] == leads_of(right)[1]["outreach_message"]
    assert leads_of(wrong)[0]["linkedin"] == leads_of(right)[0]["linkedin"]
    assert leads_of(wrong)[2] == leads_of(right)[2]


def test_nothing_to_swap(buy: Make, sandbox: Sandbox) -> None:
    sandbox.faults.add("swap_messages")
    assert leads_of(buy(1))[0]["outreach_message"]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("over_length", "and so on"),
        ("placeholder", "{{sender_name}}"),
        ("emoji", "\U0001f469\u200d\U0001f469"),
        ("rtl", "\u0634\u0643\u0631\u0627"),
        ("cjk", "\u4f60\u597d"),
    ],
)
def test_odd_texts(right_and_wrong: Any, kind: str, part: str) -> None:
    _, wrong = right_and_wrong(kind)
    for lead in leads_of(wrong):
        assert part in lead["outreach_message"]
        assert lead["share_material_message"] is None
    if kind == "over_length":
        assert len(leads_of(wrong)[0]["outreach_message"]) > 300


def test_foreign_request_id(right_and_wrong: Any) -> None:
    right, wrong = right_and_wrong("foreign_request")
    name = "request_message_generation_api_request_secure_request_id"
    assert right["metadata"][name] != wrong["metadata"][name]


def test_fields_that_nobody_knows(right_and_wrong: Any) -> None:
    _, wrong = right_and_wrong("unknown_message_field")
    assert leads_of(wrong)[0]["industry_insight_message"].startswith("[sandbox]")
    right, wrong = right_and_wrong("new_metadata")
    assert set(right["metadata"]) < set(wrong["metadata"])


def test_singular_counts(right_and_wrong: Any) -> None:
    _, wrong = right_and_wrong("singular_counts")
    assert wrong["metadata"]["requested_message_count"] == 6
    assert "requested_messages_count" not in wrong["metadata"]


def test_content_faults_wait_for_a_complete_answer(
    sandbox: Sandbox, submit: Call, retrieve: Call, advance: Any
) -> None:
    request_id = submit(2).json()["secure_request_id"]
    sandbox.faults.add("missing_lead")
    assert len(leads_of(retrieve(request_id).json())) == 2
    advance(10)
    assert len(leads_of(retrieve(request_id).json())) == 1
    assert len(leads_of(retrieve(request_id).json())) == 2


def test_lasting_faults_add_up(sandbox: Sandbox, buy: Make) -> None:
    sandbox.faults.add("duplicate_lead", times=None)
    sandbox.faults.add("reorder_leads", times=None)
    assert ids_of(buy(2)) == ["lead_001", "lead_002", "lead_001"]


@pytest.mark.parametrize("kind", [kind for kind, stage in KINDS.items() if stage == "content"])
def test_every_content_fault_is_known(kind: str, buy: Make) -> None:
    mutate(kind, buy(2))
