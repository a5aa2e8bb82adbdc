"""One contact that HubSpot does not take keeps no other from being written, and none is lost in an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.hubspot.conftest import Bench
from tests.plugins.hubspot.portal import Portal
from upscale_connect import SinkError
from upscale_connect_hubspot.answers import BatchAnswer
from upscale_connect_hubspot.updates import Update, Updater, _settle

MESSAGE = "upscale_connection_request"
DONE: dict[str, Any] = {"status": "COMPLETE", "startedAt": "", "completedAt": ""}


def write_all(bench: Bench, ids: list[int], **options: Any) -> dict[str, int]:
    """Outcome → how often."""
    deliveries = [bench.delivery(id_, number=number) for number, id_ in enumerate(ids)]
    outcomes = bench.write(bench.sink(**options), *deliveries)
    return {outcome: outcomes.count(outcome) for outcome in outcomes}


def written(portal: Portal) -> int:
    return sum(MESSAGE in row.properties for row in portal.rows["contacts"].values())


def refuse(portal: Portal, *ids: int) -> None:
    """An admin's rule that these contacts do not meet."""
    portal.refuse = lambda row, properties: "MISSING_CONDITIONAL_REQUIRED_PROPERTY" if row.id in ids else ""


def test_of_a_207_each_part_counts(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(100)
    refuse(portal, ids[3], ids[50])
    reason = f"failed: HubSpot refused: property {MESSAGE}: MISSING_CONDITIONAL_REQUIRED_PROPERTY"
    assert write_all(bench, ids) == {"written": 98, reason: 2}
    assert written(portal) == 98
    assert portal.count("batch/update") == 1


def test_every_change_has_a_trace_of_its_own(bench: Bench, portal: Portal) -> None:
    write_all(bench, bench.add_people(100))
    (call,) = (call for call in portal.calls if "update" in call.path)
    assert len({one["objectWriteTraceId"] for one in call.body["inputs"]}) == 100
    assert not any("idProperty" in one for one in call.body["inputs"])


@pytest.mark.parametrize("place", [0, 42, 99])
def test_a_batch_that_is_refused_is_split_down_to_the_guilty_one(bench: Bench, portal: Portal, place: int) -> None:
    """Whether HubSpot answers 207 for updates is proven nowhere."""
    ids = bench.add_people(100)
    refuse(portal, ids[place])
    portal.knows_partial_updates = False
    outcomes = write_all(bench, ids)
    assert (outcomes["written"], len(outcomes)) == (99, 2)
    assert written(portal) == 99
    assert portal.count("batch/update") <= 1 + 14


def test_all_that_are_guilty(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(100)
    refuse(portal, *ids[::10])
    portal.knows_partial_updates = False
    assert write_all(bench, ids)["written"] == written(portal) == 90


def test_where_all_are_refused_the_fault_is_elsewhere(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(100)
    refuse(portal, *ids)
    portal.knows_partial_updates = False
    with pytest.raises(SinkError, match="HubSpot refused to write to contacts: property upscale"):
        write_all(bench, ids)
    assert portal.count("batch/update") < 40


@pytest.mark.parametrize("partial", [True, False])
def test_a_property_that_vanished(bench: Bench, portal: Portal, partial: bool) -> None:
    ids = bench.add_people(100)
    write_all(bench, ids[:1])
    before, portal.knows_partial_updates = portal.count("batch/update"), partial

    def archive(call: Any) -> None:
        if "update" in call.path:
            portal.definitions["contacts"][MESSAGE]["archived"] = True

    portal.before = archive
    with pytest.raises(SinkError, match="PROPERTY_DOESNT_EXIST"):
        write_all(bench, ids)
    assert portal.count("batch/update") == before + 1


def test_a_contact_that_is_gone_meanwhile(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(3)
    portal.before = lambda call: portal.rows["contacts"].pop(ids[1], None) if "update" in call.path else None
    assert write_all(bench, ids) == {"written": 2, "failed: the contact is no longer in HubSpot": 1}


def test_what_hubspot_does_not_mention_is_tried_again(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(2)
    portal.fail("batch/update", 200, DONE | {"results": [{"id": str(ids[0]), "properties": {}}]})
    assert write_all(bench, ids) == {"written": 1, "failed: HubSpot did not say what became of it": 1}


def test_a_merged_contact_is_known_by_its_trace(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.fail("batch/update", 200, DONE | {"results": [{"id": "777", "objectWriteTraceId": str(ann)}]})
    assert write_all(bench, [ann]) == {"written": 1}


def test_errors_in_a_200_count(bench: Bench, portal: Portal) -> None:
    """As the version 2026-09 has them."""
    ann, ben = bench.add_people(2)
    error = {"category": "VALIDATION_ERROR", "message": "no", "context": {"ids": [str(ben)]}, "errors": None}
    results = [{"id": str(id_)} for id_ in (ann, ben)]
    portal.fail("batch/update", 200, DONE | {"results": results, "errors": [error], "numErrors": 1})
    assert write_all(bench, [ann, ben]) == {"written": 1, "failed: HubSpot refused: no": 1}


def test_an_item_that_met_a_limit_is_tried_again(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    error = {"category": "RATE_LIMITS", "message": "slow down", "context": {"objectWriteTraceId": [str(ann)]}}
    portal.fail("batch/update", 207, DONE | {"results": [], "errors": [error]})
    (result,) = bench.sink().write([bench.delivery(ann)])
    assert (result.outcome, result.retry) == ("failed", True)


def test_reasons_hold_no_text_of_a_message(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.define(MESSAGE)
    portal.rules[MESSAGE] = [{"ruleType": "MAX_LENGTH", "ruleArguments": ["5"]}]
    (result,) = bench.write(bench.sink(), bench.delivery(ann, "Hello, Ann"))
    assert result == f"failed: HubSpot refused: property {MESSAGE}: MAX_LENGTH_EXCEEDED"


@given(st.data())
def test_every_change_has_exactly_one_result_whatever_hubspot_answers(data: st.DataObject) -> None:
    ids = [str(number) for number in range(5)]
    named = st.lists(st.sampled_from([*ids, "9", "x"]))
    results = [{"id": id_} for id_ in data.draw(named)]
    context = st.fixed_dictionaries(
        {}, optional={"ids": named, "id": named | st.sampled_from(ids), "objectWriteTraceId": named}
    )
    error = st.fixed_dictionaries({"context": context, "category": st.sampled_from(["", "VALIDATION_ERROR", "OTHER"])})
    body = {"results": results, "errors": data.draw(st.lists(error) | st.none())}
    answer = BatchAnswer.model_validate_json(json.dumps(body))
    settled = list(_settle([Update(id_) for id_ in ids], answer))
    assert [update.id for update, _ in settled] == ids
    for update, failure in settled:
        assert failure is not None or {"id": update.id} in results


def test_nothing_to_write_is_no_call(bench: Bench, portal: Portal) -> None:
    assert list(Updater(bench.sink()._client).send([])) == []
    assert portal.count() == 0
