"""What all parts of the configuration have in common: their base, and the texts that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic.config import JsonDict

#: A name as a file gives it: `spring`. A sync of an included file has the client's in front: `acme/spring`.
PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,48}"

#: Shown as the default of a part that has a table of its own.
SEE_THERE: JsonDict = {"left_out": "see there"}

Part = Annotated[str, StringConstraints(pattern=f"^{PART}$")]
Name = Annotated[str, StringConstraints(pattern=f"^{PART}(/{PART})?$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Model(BaseModel):
    """A part of the configuration. A key without a value is as if it were left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty(cls, data: object) -> object:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data
