"""From a record to a lead: expressions under `map`, conditions under `when`."""

from __future__ import annotations

from .conditions import Condition, parse_condition
from .expressions import Column, Constant, Expression, FirstOf, Template, columns_of, parse_expression

__all__ = [
    "Column",
    "Condition",
    "Constant",
    "Expression",
    "FirstOf",
    "Template",
    "columns_of",
    "parse_condition",
    "parse_expression",
]
