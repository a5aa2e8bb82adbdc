"""Answers of the Sheets API, as far as they are read. Source: its discovery document, version 4."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass


class Answer(BaseModel):
    """What an answer leaves out has its default: the service sends neither zeros nor empty lists."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, hide_input_in_errors=True)


class GridProperties(Answer):
    row_count: int = 0
    column_count: int = 0


class TabProperties(Answer):
    sheet_id: int = 0
    title: str = ""
    sheet_type: str = "GRID"
    hidden: bool = False
    grid_properties: GridProperties = GridProperties()


class GridRange(Answer):
    """Indices count from 0, the end is not included; None is no bound."""

    start_row_index: int = 0
    end_row_index: int | None = None
    start_column_index: int = 0
    end_column_index: int | None = None


class ProtectedRange(Answer):
    range: GridRange = GridRange()
    warning_only: bool = False
    requesting_user_can_edit: bool = False


_LIGHT = ConfigDict(alias_generator=to_camel, extra="ignore", hide_input_in_errors=True)


@dataclass(slots=True, config=_LIGHT)
class RichLink:
    uri: str = ""


@dataclass(slots=True, config=_LIGHT)
class Chip:
    rich_link_properties: RichLink | None = None


@dataclass(slots=True, config=_LIGHT)
class ChipRun:
    chip: Chip | None = None


@dataclass(slots=True, config=_LIGHT)
class TextFormat:
    link: RichLink | None = None


@dataclass(slots=True, config=_LIGHT)
class TextFormatRun:
    format: TextFormat | None = None


@dataclass(slots=True, config=_LIGHT)
class Cell:
    """A cell with its links; made for every cell of a page, so it is light.

    `hyperlink` is that of a cell with one link; several are in the runs of its text.
    """

    formatted_value: str = ""
    hyperlink: str = ""
    chip_runs: tuple[ChipRun, ...] = ()
    text_format_runs: tuple[TextFormatRun, ...] = ()

    @property
    def links(self) -> list[str]:
        """Where the cell leads to: each address once, in the order of its text."""
        chips = (run.chip.rich_link_properties for run in self.chip_runs if run.chip)
        texts = (run.format.link for run in self.text_format_runs if run.format)
        uris = [self.hyperlink, *(found.uri for found in (*chips, *texts) if found)]
        return list(dict.fromkeys(filter(None, uris)))


@dataclass(slots=True, config=_LIGHT)
class CellRow:
    values: tuple[Cell, ...] = ()


@dataclass(slots=True, config=_LIGHT)
class RowProperties:
    hidden_by_user: bool = False
    hidden_by_filter: bool = False


class GridData(Answer):
    row_data: list[CellRow] = Field(default_factory=list)
    row_metadata: list[RowProperties] = Field(default_factory=list)


class TabAnswer(Answer):
    properties: TabProperties = TabProperties()
    merges: tuple[GridRange, ...] = ()
    protected_ranges: tuple[ProtectedRange, ...] = ()
    data: tuple[GridData, ...] = ()


class BookProperties(Answer):
    title: str = ""


class Book(Answer):
    properties: BookProperties = BookProperties()
    sheets: tuple[TabAnswer, ...] = ()


class ValueRange(Answer):
    """Formatted values are text; numbers are allowed for servers that are only compatible."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    values: list[list[str]] = Field(default_factory=list)


class ValueRanges(Answer):
    value_ranges: tuple[ValueRange, ...] = ()


class Ignored(Answer):
    """An answer of which only its coming counts."""


class FieldViolation(Answer):
    """A part of our request that is wrong."""

    field: str = ""
    description: str = ""


class ErrorDetail(Answer):
    reason: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)
    field_violations: tuple[FieldViolation, ...] = ()


class ErrorBody(Answer):
    message: str = ""
    status: str = ""
    details: tuple[ErrorDetail, ...] = ()


class ErrorAnswer(Answer):
    error: ErrorBody = ErrorBody()
