"""How a sync's messages are looked at before they are delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from ..lint import DEFAULT_RULES, RULES, LintSettings, OnTooLong, SenderTier
from .shape import Model, Part


def _is_rule(name: str) -> str:
    if name not in RULES:
        raise ValueError(f"must be one of {', '.join(RULES)}")
    return name


LintRule = Annotated[str, AfterValidator(_is_rule)]


class Lint(Model):
    """Which rules look at a message, and how long it may be."""

    off: tuple[LintRule, ...] = Field((), description="Rules that do not look.")
    on: tuple[LintRule, ...] = Field((), description="Rules that look, although they do not by themselves.")
    sender: SenderTier = Field(
        "free",
        description="Which LinkedIn account sends: the note of an invitation may have 200 characters from a `free` one,"
        " 300 from a `premium` one.",
    )
    limits: dict[str, Annotated[int, Field(ge=1)]] = Field(
        {}, description="Message type → the most characters it may have, such as `{first_follow_up: 1900}`."
    )

    on_too_long: OnTooLong = Field(
        "hold",
        description="What becomes of a message that is too long: `hold` leaves it to you, `cut` ends it behind an"
        " earlier sentence, if what is left can stand alone.",
    )

    @property
    def rules(self) -> frozenset[str]:
        return (DEFAULT_RULES | set(self.on)) - set(self.off)

    def settings(self) -> LintSettings:
        """As the rules take them."""
        return LintSettings(self.rules, self.sender, self.limits, self.on_too_long)

    @model_validator(mode="after")
    def _looks_at_the_length(self) -> Lint:
        if self.on_too_long == "cut" and "too_long" not in self.rules:
            raise ValueError("on_too_long: cut needs the rule too_long, which is under `off`")
        return self


class Review(Model):
    """Which messages wait for a person."""

    mode: Literal["off", "lint", "sample", "required"] = Field(
        "lint",
        description="`off`: none. `lint`: those that a rule finds something in. `sample`: some besides. `required`:"
        " all.",
    )
    percent: int = Field(0, ge=0, le=100, description="How many of a hundred are looked at, with `sample`.")
    where: tuple[Part, ...] = Field(
        (),
        description="Sinks in which it is done: messages are written there before they are approved, and what a person"
        " writes there counts. Else `upscale-connect review walk`.",
    )

    @model_validator(mode="after")
    def _has_a_percentage(self) -> Review:
        if (self.mode == "sample") is not bool(self.percent):
            raise ValueError("must say the percentage with `sample`, such as {sample: 20}, and only there")
        return self


def parse_review(value: object) -> object:
    """`required`, `{sample: 20}`, or the long form."""
    if isinstance(value, str):
        return {"mode": value}
    if isinstance(value, Mapping) and "sample" in value:
        return {"mode": "sample", "percent": value["sample"], **{k: v for k, v in value.items() if k != "sample"}}
    return value
