from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upscale_connect.mapping import (
    Column,
    Condition,
    Constant,
    Expression,
    FirstOf,
    Template,
    columns_of,
    parse_condition,
    parse_expression,
)


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ("First name", Column("First name")),
        ({"constant": "Acme"}, Constant("Acme")),
        ({"first_of": ["Company", "Employer"]}, FirstOf(("Company", "Employer"))),
        ({"template": "https://{Domain}/about"}, Template("https://{Domain}/about")),
    ],
)
def test_an_expression_is_read_and_passed_through(value: object, expression: Expression) -> None:
    assert parse_expression(value) == expression
    assert parse_expression(expression) is expression


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        ("A", ("A",)),
        ({"constant": "A"}, ()),
        ({"first_of": ["B", "A"]}, ("B", "A")),
        ({"template": "{B: x}-{A}"}, ("B: x", "A")),
    ],
)
def test_the_columns_of_an_expression(value: object, columns: tuple[str, ...]) -> None:
    assert columns_of(parse_expression(value)) == columns


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "column's name must be a text"),
        (None, "must be a column, {constant: …}"),
        (17, "must be a column, {constant: …}"),
        ({}, "must be a column"),
        ({"const": "x"}, "must be a column"),
        ({"constant": "x", "template": "{A}"}, "must be a column"),
        ({"constant": " "}, "constant must be a text that is not empty"),
        ({"first_of": "Company"}, "first_of must be a list"),
        ({"first_of": []}, "first_of must be a list"),
        ({"first_of": ["Company", None]}, "each column of first_of"),
        ({"template": ["{A}"]}, "template must be a text"),
        ({"template": "https://acme.com"}, "names no {Column}"),
        ({"template": "{A"}, "single {"),
        ({"template": "A}"}, "single }"),
        ({"template": "{A}{ }"}, "without a column's name"),
    ],
)
def test_a_value_that_is_no_expression_is_explained(value: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_expression(value)


def test_doubled_braces_are_kept_as_one() -> None:
    assert Template("{{{A}}}-{{x}}").pieces == ("{", "}-{x}")


@given(st.text("{}ab", max_size=12))
def test_any_template_is_read_or_refused(text: str) -> None:
    try:
        template = Template(text)
    except ValueError:
        return
    assert len(template.pieces) == len(template.columns) + 1


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ({"column": "A", "equals": " yes "}, Condition("A", equals="yes")),
        ({"column": "A", "not_equals": "no"}, Condition("A", not_equals="no")),
        ({"column": "A", "in": ["x", " y"]}, Condition("A", in_=("x", "y"))),
        ({"column": "A", "empty": "true"}, Condition("A", empty=True)),
        ({"column": "A", "not_empty": True}, Condition("A", not_empty=True)),
    ],
)
def test_a_condition_is_read_and_passed_through(value: object, condition: Condition) -> None:
    assert parse_condition(value) == condition
    assert parse_condition(condition) is condition


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("Accepted", "must be a column and one test"),
        ({"equals": "yes"}, "must name a column"),
        ({"column": " ", "equals": "yes"}, "must name a column"),
        ({"column": "A"}, "exactly one of equals"),
        ({"column": "A", "equals": "yes", "empty": "true"}, "exactly one of equals"),
        ({"column": "A", "equal": "yes"}, "unknown key 'equal'"),
        ({"column": "A", "equals": None}, "equals must be a text"),
        ({"column": "A", "in": "yes"}, "in must be a list"),
        ({"column": "A", "in": []}, "in must be a list"),
        ({"column": "A", "in": [1]}, "each element of in"),
        ({"column": "A", "empty": "false"}, "write not_empty: true"),
        ({"column": "A", "not_empty": "no"}, "write empty: true"),
    ],
)
def test_a_value_that_is_no_condition_is_explained(value: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_condition(value)


@pytest.mark.parametrize(
    ("condition", "holds_for", "fails_for"),
    [
        (Condition("A", equals="yes"), ["yes", " yes\n"], ["Yes", "", "yess"]),
        (Condition("A", not_equals="yes"), ["no", "", "Yes"], ["yes", " yes"]),
        (Condition("A", in_=("x", "y")), ["x", " y "], ["", "xy", "X"]),
        (Condition("A", empty=True), ["", " \t"], ["x", "0"]),
        (Condition("A", not_empty=True), ["x", "no"], ["", "  "]),
    ],
)
def test_a_condition_compares_stripped_text_exactly(
    condition: Condition, holds_for: list[str], fails_for: list[str]
) -> None:
    assert all(condition.holds({"A": text}) for text in holds_for)
    assert not any(condition.holds({"A": text}) for text in fails_for)


def test_a_column_that_the_record_lacks_is_empty() -> None:
    assert Condition("A", empty=True).holds({"B": "x"})
    assert Condition("A", not_equals="x").holds({})
    assert not Condition("A", not_empty=True).holds({})
