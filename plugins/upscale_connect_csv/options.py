"""What a person may write under `source:` and `sinks:`."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, field_validator, model_validator

from upscale_connect import PluginConfig

from .profiles import PROFILES, ProfileName


def _read_delimiter(value: object) -> object:
    return "\t" if value in ("tab", r"\t") else value


#: `auto`, or the character itself; `tab` is the tabulator.
Delimiter = Annotated[Literal["auto", ",", ";", "\t", "|"], BeforeValidator(_read_delimiter)]


#: What a message may replace: nothing, what was ours and is unchanged, or anything.
Overwrite: TypeAlias = Literal["never", "if_unchanged", "always"]


class CsvFileConfig(PluginConfig):
    """What every file that is written has."""

    path: Path = Field(description="The CSV file; a relative path counts from the configuration file's folder.")
    delimiter: Delimiter = Field("auto", description="What separates the cells: auto, or one of , ; tab |")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Our columns, and the headers to use for them, such as {connection_request: Message}.",
    )
    encoding: str = Field("auto", description="The file's encoding: auto (UTF-8 or UTF-16), cp1252 and so on.")
    overwrite: Overwrite = Field(
        "if_unchanged",
        description="Which texts a message may replace: `if_unchanged`, those that were ours and that nobody has"
        " changed; `never`, none; `always`, any.",
    )
    review_columns: bool = Field(
        False, description="Add the columns upscale_approved and upscale_notes, for a person's yes or no."
    )

    @field_validator("columns")
    @classmethod
    def _headers_differ(cls, columns: dict[str, str]) -> dict[str, str]:
        headers = [header.strip() for header in columns.values()]
        if not all(headers):
            raise ValueError("gives a column an empty name")
        if len({header.casefold() for header in headers}) < len(headers):
            raise ValueError("gives two columns the same name")
        return dict(zip(columns, headers, strict=True))

    @field_validator("encoding")
    @classmethod
    def _is_codec(cls, name: str) -> str:
        if name == "auto":
            return name
        try:
            "a".encode(name)
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            raise ValueError("must be auto or an encoding that Python knows, such as utf-8 or cp1252") from None


class CsvSinkConfig(CsvFileConfig):
    profile: ProfileName | None = Field(
        None, description="The tool that imports the file: its columns, and no text made safe for a spreadsheet."
    )
    limits: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict,
        description="Message type → the most characters that are taken; left out, those of the profile.",
    )
    keep_formulas: bool = Field(
        False,
        description="With a profile: write also what a spreadsheet program would run as a formula, as it stands.",
    )

    @model_validator(mode="after")
    def _fits_the_tool(self) -> CsvSinkConfig:
        if self.profile is None:
            if self.keep_formulas:
                raise ValueError("has `keep_formulas` without a `profile`: nothing runs as a formula in its own file")
            return self
        if self.review_columns:
            raise ValueError("has `review_columns` and a `profile`: a tool would import them; review in another sink")
        profile = PROFILES[self.profile]
        for column, header in self.columns.items():
            if column not in profile.person and not profile.variable.fullmatch(header):
                raise ValueError(f"names a column {header!r}: {profile.tool} takes {profile.rule}")
        return self


class CsvConfig(CsvFileConfig):
    output: Path | None = Field(
        None, description="Where the rows go with their messages; <name>.messages.csv beside `path` if left out."
    )
    in_place: bool = Field(False, description="Write the messages into the source file itself.")

    @model_validator(mode="after")
    def _source_is_kept(self) -> CsvConfig:
        if self.in_place and self.output is not None:
            raise ValueError("has `output` and `in_place`: give one of them")
        if self.output is not None and _spell(self.output) == _spell(self.path):
            raise ValueError("must not write to the source itself; give `output` another name, or set `in_place: true`")
        return self

    @property
    def target(self) -> Path:
        """The file that is written."""
        if self.in_place:
            return self.path
        return self.output or self.path.with_name(f"{self.path.stem}.messages.csv")


def _spell(path: Path) -> str:
    return os.path.normcase(os.path.normpath(path))
