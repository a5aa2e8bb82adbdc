"""Files that a tool imports: its columns and lengths, nothing that would be sent by mistake, one row per person."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.plugins.csv.sink_bench import Bench, delivery, unbought
from upscale_connect import Delivery, Found, SinkError
from upscale_connect_csv.columns import clean
from upscale_connect_csv.options import CsvSinkConfig
from upscale_connect_csv.profiles import PROFILES, ProfileName

TYPES = ("connection_request", "first_follow_up")
FOLLOW_UP = {"first_follow_up": "Again"}


@pytest.fixture
def bench(tmp_path: Path, make_context: Any) -> Bench:
    return Bench(tmp_path, make_context)


def ann(text: str = "Hi", receipt: str = "r1", **others: str) -> Delivery:
    return delivery("1", text, receipt, url="https://www.linkedin.com/in/ann-lee", **others)


@pytest.mark.parametrize(
    ("profile", "person", "messages"),
    [
        ("generic", "linkedin_url,first_name,last_name,company", "outreach_message,first_follow_up_message"),
        ("dripify", "LinkedIn URL,First Name,Last Name,Company Name", "outreach_message,first_follow_up_message"),
        ("heyreach", "Profile URL,First Name,Last Name,Company", "upscale_connection_request,upscale_first_follow_up"),
        ("phantombuster", "profileUrl,firstName,lastName,companyName", "outreach_message,first_follow_up_message"),
        ("waalaxy", "linkedinUrl,firstName,lastName,company_name", "outreach_message,first_follow_up_message"),
    ],
)
def test_a_file_has_the_columns_of_its_tool(bench: Bench, profile: str, person: str, messages: str) -> None:
    assert bench.write(ann("Hi,\r\nAnn", **FOLLOW_UP), profile=profile, types=TYPES) == ["written"]
    assert (
        bench.path.read_bytes()
        == (
            f'{person},{messages},upscale_receipt\nhttps://www.linkedin.com/in/ann-lee,Ann,Lee,Acme,"Hi,\nAnn",Again,r1\n'
        ).encode()
    )


def test_every_profile_begins_with_the_address() -> None:
    assert set(PROFILES) == set(get_args(ProfileName))
    assert {next(iter(profile.person)) for profile in PROFILES.values()} == {"lead_linkedin"}


def test_names_and_limits_can_be_chosen(bench: Bench) -> None:
    columns = {"connection_request": "note", "lead_linkedin": "Profile", "upscale_receipt": "ref"}
    options: dict[str, Any] = {"profile": "waalaxy", "columns": columns, "limits": {"connection_request": 4}}
    results = list(bench.sink(**options).write([ann("Hi \U0001f44b"), delivery("2", "Hey!")]))
    assert [result.outcome for result in results] == ["failed", "written"]
    assert results[0].why == "its connection_request: it has 5 characters, 4 are taken"
    assert list(bench.rows()[0]) == ["Profile", "firstName", "lastName", "company_name", "note", "ref"]


@pytest.mark.parametrize(
    ("profile", "longest"), [("waalaxy", 1000), ("phantombuster", 6999), ("heyreach", None), (None, None)]
)
def test_what_a_tool_does_not_take_is_not_cut(bench: Bench, profile: str | None, longest: int | None) -> None:
    size = longest or 9000
    told = f"it has {size + 1} characters, {size} are taken" if longest else ""
    assert bench.sink(profile=profile).find_fault("connection_request", "a" * size) == ""
    assert bench.sink(profile=profile).find_fault("connection_request", "a" * (size + 1)) == told
    assert bench.write(ann("a" * size), profile=profile) == ["written"]
    assert bench.write(delivery("2", "b" * (size + 1)), profile=profile) == ["failed" if longest else "written"]
    assert ("b" in bench.path.read_text(encoding="utf-8").partition("in/2")[2]) is (longest is None)


@pytest.mark.promise(row="G5")
@pytest.mark.parametrize("text", ["=1+1", "+1 from me", "- a list", "@Ann", "\t=1", "\uff1d1", "\u200b=1"])
def test_what_would_run_as_a_formula_is_not_written(bench: Bench, text: str) -> None:
    (result,) = bench.sink(profile="heyreach").write([ann(text)])
    fault = bench.sink(profile="heyreach").find_fault("connection_request", text)
    assert fault.startswith("it begins like a formula: change it, or set `keep_formulas`")
    assert (result.outcome, result.retry, result.why) == ("failed", False, f"its connection_request: {fault}")
    assert not bench.path.exists()
    company = ann()
    company.lead.company = "@Home"
    (result,) = bench.sink(profile="heyreach").write([company])
    assert (result.outcome, result.why) == ("failed", f"its company: {fault}")


@pytest.mark.parametrize("text", ["=1+1", "'tis the season", "'=1", "- a list"])
def test_nothing_is_put_before_a_text(bench: Bench, text: str) -> None:
    options: dict[str, Any] = {"profile": "heyreach", "keep_formulas": True}
    assert bench.write(ann(text), **options) == ["written"]
    assert bench.rows()[0]["upscale_connection_request"] == text
    assert bench.write(ann(text), **options) == ["unchanged"]
    assert list(bench.sink(**options).find([unbought("1", url=ann().lead.linkedin_url)])) == [
        Found("acme/spring/1", "r1", {"connection_request": text})
    ]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5), delimiter=st.sampled_from(",;\t|"))
def test_any_text_comes_out_as_it_went_in(
    tmp_path: Path, make_context: Any, texts: list[tuple[str, str, str]], delimiter: str
) -> None:
    bench = Bench(tmp_path, make_context)
    bench.path.unlink(missing_ok=True)
    options: dict[str, Any] = {"profile": "generic", "keep_formulas": True, "delimiter": delimiter, "types": TYPES}
    deliveries = []
    for number, (company, note, follow_up) in enumerate(texts):
        deliveries.append(delivery(str(number), note, f"r{number}", first_follow_up=follow_up))
        deliveries[-1].lead.company = company
    assert bench.write(*deliveries, **options) == ["written"] * len(texts)
    data = bench.path.read_bytes().decode()
    header, *rows = csv.reader(io.StringIO(data, newline=""), delimiter=delimiter, strict=True)
    assert header[0] == "linkedin_url"
    assert rows == [
        [f"https://www.linkedin.com/in/{number}", "Ann", "Lee", *map(clean, row), f"r{number}"]
        for number, row in enumerate(texts)
    ]
    assert bench.write(*deliveries, **options) == ["unchanged"] * len(texts)
    found = {one.key: one for one in bench.sink(**options).find(deliveries)}
    for one, (_, note, follow_up) in zip(deliveries, texts, strict=True):
        wanted = {"connection_request": clean(note), "first_follow_up": clean(follow_up)}
        assert found[one.key].fields == {name: text for name, text in wanted.items() if text}


def test_the_same_delivery_again_touches_nothing(bench: Bench) -> None:
    bench.write(ann(), delivery("2"), profile="dripify")
    os.utime(bench.path, (1, 1))
    assert bench.write(delivery("2"), ann(), profile="dripify") == ["unchanged", "unchanged"]
    assert bench.path.stat().st_mtime == 1


@pytest.mark.parametrize(
    "address",
    ["http://linkedin.com/in/Ann-Lee/?trk=x", "https://de.linkedin.com/in/ann-lee/en", "in/ann-lee", "in/ACoAAB1"],
)
def test_a_row_is_known_by_its_person(bench: Bench, address: str) -> None:
    """A colleague has sorted the rows and written the address in another way."""
    bench.write(ann(), delivery("2"), profile="heyreach")
    header, _, second = bench.path.read_text(encoding="utf-8").splitlines()
    row = f"{address},Ann,Lee,Acme,Hi,r1"
    bench.path.write_text("\n".join([header, second, row, ""]), encoding="utf-8")
    again = ann("Hello", "r2")
    again.lead.aliases = ("li:member:ACoAAB1",)
    assert bench.write(again, profile="heyreach") == ["written"]
    assert [(row["Profile URL"], row["upscale_connection_request"]) for row in bench.rows()] == [
        ("https://www.linkedin.com/in/2", "Hi"),
        ("https://www.linkedin.com/in/ann-lee", "Hello"),
    ]


@pytest.mark.promise(row="A7")
def test_what_a_person_made_of_a_text_stays(bench: Bench) -> None:
    bench.write(ann(), profile="waalaxy")
    edited = bench.path.read_bytes().replace(b",Hi,", b",Hi there,")
    bench.path.write_bytes(edited)
    (result,) = bench.sink(profile="waalaxy").write([ann("Hello", "r2")])
    told = "another text stands there for connection_request: somebody has changed it, or it is of another campaign"
    assert (result.outcome, result.why) == ("conflict", f"delivered.csv:2: {told}")
    assert bench.path.read_bytes() == edited


@pytest.mark.parametrize("together", [True, False])
def test_a_lead_of_another_campaign_takes_no_row_away(bench: Bench, together: bool) -> None:
    """It is the same person, and a tool knows people, not leads: who comes second waits for somebody to decide."""
    other = delivery("9", "Good day", "r9", ann().lead.linkedin_url, campaign="autumn")
    other.earlier = {}
    if together:
        outcomes = bench.write(ann(), other, profile="generic")
    else:
        outcomes = [*bench.write(ann(), profile="generic"), *bench.write(other, profile="generic")]
    assert outcomes == ["written", "conflict"]
    assert [(row["outreach_message"], row["upscale_receipt"]) for row in bench.rows()] == [("Hi", "r1")]


def test_who_is_forgotten_loses_the_row(bench: Bench) -> None:
    bench.write(ann(), delivery("2"), profile="phantombuster")
    lines = bench.path.read_bytes().split(b"\n")
    of_both = [ann(), delivery("9", url=ann().lead.linkedin_url, campaign="autumn"), delivery("7")]
    assert [one.outcome for one in bench.sink(profile="phantombuster").erase(of_both)] == [
        "written",
        "written",
        "unchanged",
    ]
    assert bench.path.read_bytes() == b"\n".join([lines[0], *lines[2:]])


def test_every_lead_of_a_person_is_told_of_its_row(bench: Bench) -> None:
    bench.write(ann(), profile="generic")
    asked = [unbought("1", url=ann().lead.linkedin_url), unbought("9", url=ann().lead.linkedin_url, campaign="autumn")]
    assert [(one.key, one.receipt) for one in bench.sink(profile="generic").find(asked)] == [
        ("acme/spring/1", "r1"),
        ("acme/autumn/9", "r1"),
    ]


@pytest.mark.parametrize(("first", "second"), [("generic", "heyreach"), (None, "waalaxy"), ("dripify", None)])
def test_the_file_of_another_profile_is_never_written(bench: Bench, first: str | None, second: str | None) -> None:
    bench.write(ann(), profile=first)
    before = bench.path.read_bytes()
    (found,) = bench.sink(profile=second).check()
    assert (found.level, "not written by this sink: it has no column" in found.message) == ("error", True)
    with pytest.raises(SinkError, match="not written by this sink"):
        bench.write(ann("Hello"), profile=second)
    assert bench.path.read_bytes() == before


def test_check_says_what_the_tool_gets(bench: Bench) -> None:
    found, ok = bench.sink(profile="waalaxy").check()
    assert (found.level, ok.level) == ("ok", "ok")
    told = "for Waalaxy: connection_request \u2192 outreach_message; a text of more than 1,000 characters is held"
    assert found.message == told
    warning, *_ = bench.sink(profile="waalaxy", columns={"lead_linkdin": "URL"}).check()
    assert (warning.level, warning.hint) == ("warning", "did you mean 'lead_linkedin'?")
    warning, *_ = bench.sink(profile="waalaxy", limits={"conection_request": 900}).check()
    assert (warning.message, warning.hint) == (
        "`limits:` names 'conection_request', which is not written",
        "did you mean 'connection_request'?",
    )


def test_check_warns_where_campaigns_would_share_a_file(bench: Bench) -> None:
    sink = bench.sink()
    mapping = {"automation_tool_campaign_id": ["Campaign"], "lead_linkedin": ["LinkedIn"]}
    context = replace(sink.context, mapping=mapping)
    config = CsvSinkConfig(path=Path("delivered.csv"), profile="heyreach")
    warning, *others = type(sink)(config, context).check()
    assert (warning.level, "automation_tool_campaign_id comes from a column" in warning.message) == ("warning", True)
    assert {one.level for one in others} == {"ok"}


def test_columns_that_a_tool_takes_for_one_are_an_error(bench: Bench) -> None:
    with pytest.raises(SinkError, match="two columns would be called 'First Name' and 'first name'"):
        bench.sink(profile="dripify", columns={"connection_request": "first name"})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"profile": "heyreach", "columns": {"connection_request": "my note"}}, "HeyReach takes letters, digits and _"),
        (
            {"profile": "phantombuster", "columns": {"connection_request": "a#b"}},
            "PhantomBuster takes a name without #",
        ),
        ({"profile": "waalaxy", "review_columns": True}, "has `review_columns` and a `profile`"),
        ({"keep_formulas": True}, "has `keep_formulas` without a `profile`"),
        ({"profile": "lemlist"}, "Input should be 'generic', 'dripify'"),
        ({"profile": "waalaxy", "limits": {"connection_request": 0}}, "greater than or equal to 1"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        CsvSinkConfig(path=Path("tool.csv"), **options)
