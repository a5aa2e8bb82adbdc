"""What a mapping says of itself: its columns, which messages a record wants, and its fingerprint."""

from __future__ import annotations

from tests.mappings import AS_IT_IS, MAP, ROW, make
from upscale_connect.mapping import Condition, Mapping, parse_expression
from upscale_connect.models import Record


def test_columns_are_those_of_map_and_conditions_in_order_and_once() -> None:
    mapping = make(
        lead_company={"first_of": ["Company", "First"]},
        lead_specified_url={"template": "{Website}/{Page}"},
        messages=(("a", None), ("b", Condition("Accepted", equals="yes")), ("c", Condition("ID", empty=True))),
    )
    assert mapping.columns == ("ID", "First", "Last", "Company", "LinkedIn", "Website", "Page", "Accepted")


def test_sources_are_the_columns_of_each_field() -> None:
    mapping = make(lead_company={"constant": "Acme"}, lead_specified_url={"template": "{Website}/{Page}"})
    assert mapping.sources["first_name"] == ("First",)
    assert mapping.sources["lead_specified_url"] == ("Website", "Page")
    assert "lead_company" not in mapping.sources


def test_wanted_are_the_types_whose_conditions_hold_in_order() -> None:
    mapping = make(
        messages=(("late", Condition("Accepted", equals="yes")), ("always", None), ("x", Condition("ID", empty=True)))
    )
    assert mapping.wanted(Record(None, {**ROW, "Accepted": "yes"})) == ("late", "always")
    assert mapping.wanted(Record(None, ROW)) == ("always",)
    assert make(messages=(("b", None), ("a", None))).wanted(Record(None, {})) == ("b", "a")


def test_missing_columns_are_named_with_their_use_and_a_suggestion() -> None:
    mapping = make(lead_company={"first_of": ["Company", "Zzz"]}, messages=(("a", Condition("Acepted", equals="yes")),))
    available = ["id", "First", "last", "Company", "Linked-In", "Website", "Accepted"]
    assert mapping.missing(available) == [
        ("map.automation_tool_lead_id", "ID", "id"),
        ("map.last_name", "Last", "last"),
        ("map.lead_company", "Zzz", None),
        ("map.lead_linkedin", "LinkedIn", "Linked-In"),
        ("messages.a.when", "Acepted", "Accepted"),
    ]
    assert make().missing([*ROW]) == []


def test_the_fingerprint_changes_with_everything_that_makes_other_leads_or_messages() -> None:
    accepted = Condition("Accepted", equals="yes")
    mappings = [
        make(),
        make(first_name="Vorname"),
        make(first_name={"constant": "First"}),
        make(first_name={"first_of": ["First"]}),
        make(first_name={"template": "{First}"}),
        make(leave_out=("lead_company_website_url",)),
        make(customer="other"),
        make(campaign="other"),
        make(messages=(("breakup", None),)),
        make(messages=(("connection_request", accepted),)),
        make(messages=(("connection_request", Condition("Accepted", not_equals="yes")),)),
        make(messages=(("connection_request", None), ("breakup", None))),
    ]
    assert len({mapping.fingerprint for mapping in mappings}) == len(mappings)


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    reordered = Mapping(
        {name: parse_expression(MAP[name]) for name in reversed(MAP)},
        customer="customer",
        campaign="campaign",
        messages=[("connection_request", None)],
        hygiene=AS_IT_IS,
    )
    assert reordered.fingerprint == make().fingerprint
    assert make().fingerprint == "5b6b93b04666a65e46f2e8a00bb9ea6a361c5211e87f8885006fd8091a0e10f4"
