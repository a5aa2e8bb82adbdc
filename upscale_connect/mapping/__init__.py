"""From a record to a lead: expressions under `map`, conditions under `when`."""

from __future__ import annotations

from .conditions import Condition, parse_condition
from .expressions import Column, Constant, Expression, FirstOf, Template, columns_of, parse_expression
from .leads import LEAD_FIELDS, REQUIRED_FIELDS, Mapping, Unmapped

__all__ = [
    "LEAD_FIELDS",
    "REQUIRED_FIELDS",
    "Column",
    "Condition",
    "Constant",
    "Expression",
    "FirstOf",
    "Mapping",
    "Template",
    "Unmapped",
    "columns_of",
    "parse_condition",
    "parse_expression",
]
