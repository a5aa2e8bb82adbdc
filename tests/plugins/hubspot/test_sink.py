"""Messages to contacts: each to the right person, none over a person's words, a hundred in a call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.hubspot.conftest import Bench
from tests.plugins.hubspot.portal import Portal
from upscale_connect import CredentialsError, Found, QuotaError, SinkError

MESSAGE, RECEIPT = "upscale_connection_request", "upscale_receipt"
OURS = {
    MESSAGE: "Hello",
    RECEIPT: "uc-1",
    "upscale_status": "delivered",
    "upscale_updated_at": "2026-03-04T05:06:07Z",
}
BY_EMAIL = {"property": "email", "column": "Email"}


def ours(portal: Portal, id_: int) -> dict[str, str]:
    return {name: value for name, value in portal.shown(id_).items() if name.startswith("upscale_")}


def test_message_receipt_status_and_time(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    assert bench.write(bench.sink(), bench.delivery(ann)) == ["written"]
    assert ours(portal, ann) == OURS
    assert bench.write(bench.sink(), bench.delivery(ann)) == ["unchanged"]
    assert portal.count("batch/update") == 1


def test_a_text_is_stored_as_it_is(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    text = '[{"a": 1}]\n=1+1\n“Grüße” 🙂'
    assert bench.write(bench.sink(), bench.delivery(ann, text)) == ["written"]
    assert portal.shown(ann)[MESSAGE] == text


def test_only_what_is_wanted(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    sink = bench.sink(also=[], properties={"connection_request": "our_text", "receipt": "our_receipt"})
    assert bench.write(sink, bench.delivery(ann)) == ["written"]
    shown = portal.shown(ann)
    assert (shown["our_text"], shown["our_receipt"], ours(portal, ann)) == ("Hello", "uc-1", {})


def test_several_types(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    sink = bench.sink(("connection_request", "re-engagement"))
    assert bench.write(sink, bench.delivery(ann, others={"re-engagement": "Again"})) == ["written"]
    assert portal.shown(ann)["upscale_re_engagement"] == "Again"


def test_a_type_that_is_no_longer_wanted_stays_out(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    assert bench.write(bench.sink(), bench.delivery(ann, others={"breakup": "Bye"})) == ["written"]
    assert ours(portal, ann) == OURS


def test_a_hundred_in_a_call(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(250)
    deliveries = [bench.delivery(id_, number=number) for number, id_ in enumerate(ids)]
    assert set(bench.write(bench.sink(), *deliveries)) == {"written"}
    assert (portal.count("batch/read"), portal.count("batch/update")) == (3, 3)


# The right person


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"hs_linkedin_url": "https://linkedin.com/in/john-roe"}, "it shows the LinkedIn profile"),
        ({"hs_linkedin_url": "", "firstname": "John"}, "it shows the name 'John Example'"),
    ],
)
def test_another_person_gets_nothing(bench: Bench, portal: Portal, shown: dict[str, str], told: str) -> None:
    (ann,) = bench.add_people(1)
    portal.change(ann, **shown)
    (result,) = bench.write(bench.sink(), bench.delivery(ann))
    assert result.startswith(f"conflict: contact {ann}: {told}")
    assert ours(portal, ann) == {}


def test_who_is_gone_is_told(bench: Bench) -> None:
    assert bench.write(bench.sink(), bench.delivery(999)) == ["failed: the contact is no longer in HubSpot"]


def test_who_was_merged_is_found(bench: Bench, portal: Portal) -> None:
    old, new = bench.add_people(2)
    portal.merge(old, new)
    portal.change(new, hs_linkedin_url="https://www.linkedin.com/in/person-0", firstname="Ann0")
    assert bench.write(bench.sink(), bench.delivery(old)) == ["written"]
    assert portal.shown(new)[MESSAGE] == "Hello"


def test_by_email(bench: Bench, portal: Portal) -> None:
    ann, ben = bench.add_people(2)
    portal.change(ann, email="ann@first.example", hs_additional_emails="a@private.example; Ann@old.example")
    portal.change(ben, email="ben@first.example")
    deliveries = [
        bench.delivery("1", fields={"Email": "Ann@Old.example "}),
        bench.delivery("2", number=1, fields={"Email": "ben@first.example"}),
        bench.delivery("3", fields={"Email": "nobody@first.example"}),
        bench.delivery("4", fields={"Email": ""}),
        bench.delivery("5"),
    ]
    assert bench.write(bench.sink(match=BY_EMAIL), *deliveries) == [
        "written",
        "written",
        "failed: HubSpot has no contact with this email",
        "failed: column 'Email' is empty",
        "failed: the record has no column 'Email'",
    ]
    assert (portal.shown(ann)[MESSAGE], portal.shown(ben)[MESSAGE]) == ("Hello", "Hello")


def test_by_a_unique_property(bench: Bench, portal: Portal) -> None:
    portal.define("customer_number", hasUniqueValue=True)
    bench.add_people(1, customer_number="A-7")
    sink = bench.sink(match={"property": "customer_number", "column": "No"})
    assert bench.write(sink, bench.delivery("1", fields={"No": "A-7"}), bench.delivery("2", fields={"No": "a-7"})) == [
        "written",
        "failed: HubSpot has no contact with this customer_number",
    ]


def test_an_id_that_is_none(bench: Bench) -> None:
    sink = bench.sink(match={"property": "hs_object_id", "column": "HubSpot"})
    (result,) = bench.write(sink, bench.delivery("1", fields={"HubSpot": "x"}))
    assert result == "failed: column 'HubSpot' has no id of HubSpot"
    nameless, foreign = bench.delivery("1"), bench.delivery("row-7")
    nameless.record.id = None
    assert bench.write(bench.sink(), nameless, foreign) == [
        "failed: the record has no id of its own",
        "failed: the record has no id of HubSpot",
    ]


def test_one_bad_value_spoils_no_other(bench: Bench, portal: Portal) -> None:
    bench.add_people(1, email="ann@first.example")
    portal.fail("batch/read", 400, {"category": "VALIDATION_ERROR", "message": "no address"}, times=2)
    bad, good = bench.delivery("1", fields={"Email": "?"}), bench.delivery("2", fields={"Email": "ann@first.example"})
    assert bench.write(bench.sink(match=BY_EMAIL), bad, good) == [
        "failed: HubSpot does not take its email: no address",
        "written",
    ]


# A person's words


def test_a_persons_words_are_kept(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    portal.change(ann, **{MESSAGE: "Hello, dear Ann"})
    again = bench.delivery(ann, "Hi", "uc-2", earlier={"connection_request": ["Hello"]})
    (result,) = bench.write(bench.sink(), again)
    assert result == f"conflict: contact {ann}: the property {MESSAGE!r} holds a text that is not ours"
    assert ours(portal, ann) == OURS | {MESSAGE: "Hello, dear Ann"}


def test_our_own_words_are_replaced(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    again = bench.delivery(ann, "Hi", "uc-2", earlier={"connection_request": ["Hello"]})
    assert bench.write(bench.sink(), again) == ["written"]
    assert ours(portal, ann) == OURS | {MESSAGE: "Hi", RECEIPT: "uc-2"}


def test_a_status_of_a_person_stays(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    bench.write(bench.sink(), bench.delivery(ann))
    portal.change(ann, upscale_status="approved")
    again = bench.delivery(ann, "Hi", "uc-2", earlier={"connection_request": ["Hello"]})
    assert bench.write(bench.sink(), again) == ["written"]
    assert portal.shown(ann)["upscale_status"] == "approved"


@pytest.mark.parametrize(
    ("overwrite", "shown", "outcome"),
    [
        ("always", "a person's", "written"),
        ("always", "Old", "written"),
        ("if_unchanged", "Old", "written"),
        ("if_unchanged", "Hello\r\n", "written"),
        ("never", "Old", "conflict"),
        ("never", "Hello\r\n", "written"),
        ("never", " ", "written"),
    ],
)
def test_what_is_overwritten(bench: Bench, portal: Portal, overwrite: str, shown: str, outcome: str) -> None:
    portal.define(MESSAGE)
    (ann,) = bench.add_people(1, **{MESSAGE: shown})
    delivery = bench.delivery(ann, earlier={"connection_request": ["Old"]})
    (result,) = bench.write(bench.sink(overwrite=overwrite), delivery)
    assert result.partition(":")[0] == outcome


# Two deliveries to one contact


def test_duplicates_are_merged(bench: Bench, portal: Portal) -> None:
    """HubSpot refuses a batch that names a contact twice."""
    (ann,) = bench.add_people(1)
    sink = bench.sink(("connection_request", "breakup"))
    first, second = bench.delivery(ann), bench.delivery(ann, receipt="uc-2", others={"breakup": "Bye"})
    assert bench.write(sink, first, second) == ["written", "written"]
    assert ours(portal, ann) == OURS | {RECEIPT: "uc-2", "upscale_breakup": "Bye"}
    assert portal.count("batch/update") == 1


def test_duplicates_that_contradict_each_other(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    first, second = bench.delivery(ann), bench.delivery(ann, "Good day", "uc-2", campaign="autumn")
    results = bench.write(bench.sink(), first, second)
    assert (results[0], results[1].partition(":")[0]) == ("written", "conflict")
    assert ours(portal, ann) == OURS


# What a lost ledger needs


def test_receipts_texts_and_strangers_are_found(bench: Bench, portal: Portal) -> None:
    ann, ben, cleo = bench.add_people(3)
    sink = bench.sink()
    bench.write(sink, bench.delivery(ann), bench.delivery(ben, number=1, receipt="uc-2"))
    portal.change(ben, hs_linkedin_url="https://linkedin.com/in/john-roe", upscale_status="approved")
    asked = [bench.delivery(id_, number=number) for number, id_ in enumerate((ann, ben, cleo))]
    fields = {"connection_request": "Hello", "status": "delivered"}
    first, second = sink.find(asked)
    assert first == Found(asked[0].key, "uc-1", fields)
    assert (second.receipt, second.fields["status"]) == ("uc-2", "approved")
    assert "john-roe" in second.stranger


def test_without_the_property_nothing_was_written(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    assert list(bench.sink().find([bench.delivery(ann)])) == []
    assert portal.count() == 1


# What goes wrong as a whole


def test_the_last_call_of_the_day_leaves_nothing_unknown(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(150)
    sink = bench.sink()
    sink._preparation.make_missing()
    portal.daily = portal.count() + 2
    taken: list[Any] = []

    def hand_out() -> Any:
        for number, id_ in enumerate(ids):
            taken.append(id_)
            yield bench.delivery(id_, number=number)

    written = []
    with pytest.raises(QuotaError) as raised:
        written += list(sink.write(hand_out()))
    assert raised.value.exit_code == 10
    assert len(taken) == 100


def test_a_missing_scope_is_named(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.scopes.discard("crm.objects.contacts.write")
    with pytest.raises(CredentialsError, match=r"lacks the scope crm\.objects\.contacts\.write"):
        bench.write(bench.sink(), bench.delivery(ann))


def test_hubspot_that_is_down_is_a_failure_of_the_sink(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.fail("batch/update", 503, b"", times=99)
    with pytest.raises(SinkError, match="HubSpot answered 503"):
        bench.write(bench.sink(), bench.delivery(ann))


def test_an_answer_that_was_lost_is_asked_for_again(bench: Bench, portal: Portal) -> None:
    (ann,) = bench.add_people(1)
    portal.fail("batch/update", 0, also_do=True)
    assert bench.write(bench.sink(), bench.delivery(ann)) == ["written"]
    assert ours(portal, ann) == OURS


def test_a_stop_ends_it_between_two_calls(bench: Bench, portal: Portal) -> None:
    ids = bench.add_people(250)
    portal.before = lambda call: bench.stop.set() if "update" in call.path else None
    deliveries = [bench.delivery(id_, number=number) for number, id_ in enumerate(ids)]
    assert len(list(bench.sink().write(deliveries))) == 100
