"""What plugin authors see: records in, deliveries out.

A plugin offers `Source` and `Sink` classes through the two hooks of `hookspecs`. The core gives each one a
validated configuration and a `Context`, and uses an instance from one thread only.
"""

from __future__ import annotations

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, SecretBytes, SecretStr

from .clock import Clock, Stop

# Part of the contract, from a file of its own.
from .deliveries import Delivery as Delivery
from .deliveries import Found as Found
from .deliveries import Outcome as Outcome
from .deliveries import Row as Row
from .deliveries import Shown as Shown
from .deliveries import Status as Status
from .deliveries import WriteResult as WriteResult
from .models import BadRecord, Record

if TYPE_CHECKING:
    import requests

    from .http import Allowance, HttpSession, RateLimit

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
#: What a `Checkpoint` carries and `read` gets back: made by the plugin, opaque to the core.
Cursor: TypeAlias = "Mapping[str, JsonValue]"


@dataclass(frozen=True, slots=True)
class Context:
    """What the core hands to a connector.

    `folder` is the folder of the configuration file: every relative path of a plugin starts there.
    `columns` are the columns that the mapping reads, in its order; they help to find a file's delimiter.
    `mapping` says of each field of the API that is read from columns which these are: where a source keeps the
    LinkedIn address, and what a sink may compare a person by.
    `message_types` are the message types that the sync wants, in order; known before the first message is
    bought. `http` is this connector's own session; plugins never build another. `log` shows no secret of the
    configuration.
    """

    folder: Path
    http: HttpSession
    clock: Clock
    stop: Stop
    log: logging.Logger
    columns: Sequence[str] = ()
    message_types: Sequence[str] = ()
    mapping: Mapping[str, Sequence[str]] = field(default_factory=dict)


class PluginConfig(BaseModel):
    """Base of a connector's options. Unknown keys are errors; secrets are `SecretStr`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Covers everything yielded before it: a run that stored it need not read that again."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Finding:
    """What `check` noticed. An `error` stops a sync before it buys anything."""

    level: Literal["ok", "warning", "error"]
    message: str
    hint: str = ""


C = TypeVar("C", bound=PluginConfig)


class Connector(ABC, Generic[C]):
    """`name` is what the configuration says after `plugin:`.

    `hosts`: those it calls, besides the ones that its options name. `limits`: what they allow; `context.http` keeps
    them, for all connectors of a run that have the same secrets together.
    """

    name: ClassVar[str]
    config_model: ClassVar[type[PluginConfig]]
    hosts: ClassVar[Sequence[str]] = ()
    limits: ClassVar[Sequence[RateLimit]] = ()

    def __init__(self, config: C, context: Context) -> None:
        self.config = config
        self.context = context
        if self.limits:
            context.http.declare(self.limits, self.read_allowances, _tell_apart(config))

    @classmethod
    def read_allowances(cls, response: requests.Response) -> Iterable[Allowance]:
        """What an answer tells of the service's limits; asked for each one, also before a call is tried again."""
        return ()

    def check(self) -> Iterable[Finding]:
        """Look at credentials, columns, rights and lengths. Read-only: nothing is written or made."""
        return ()

    def leftovers(self) -> Iterable[str]:
        """What the connector has kept of earlier states of its target, such as files; each named for people.

        Somebody who is erased may still be found there, and a person has to look.
        """
        return ()

    def close(self) -> None:
        """Give back what is open. Called once, also after a failure."""


class Source(Connector[C]):
    """Reads leads. `whole = True`: `read` gives every record or, where nothing changed since the cursor, none.

    Then a record that is missing is known to be gone, and what waits in the queue for it is not bought.
    """

    whole: ClassVar[bool] = False

    @abstractmethod
    def read(self, since: Cursor | None) -> Iterator[Record | BadRecord | Checkpoint]:
        """Yield the records lazily. `since` is the last stored cursor; ignoring it is legal."""

    def columns(self) -> Sequence[str] | None:
        """The columns that a mapping may name, None if that cannot be known cheaply.

        A record has those of them that the mapping reads: `context.columns`.
        """
        return None

    def beside(self) -> Sink[Any] | Table[Any] | None:
        """The sink that writes back where the leads came from, None if there is none."""
        return None


class Sink(Connector[C]):
    """Writes messages lead by lead. `repeatable = False` (notes, chat): `find` is asked before any repeat."""

    repeatable: ClassVar[bool] = True

    @abstractmethod
    def write(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult]:
        """Yield one result per delivery: yielded means durable, not yielded means unknown."""

    def find(self, deliveries: Iterable[Delivery]) -> Iterator[Found] | None:
        """What the sink shows in the places of these deliveries now; None if it cannot tell. Reads only.

        Asked before a repeat, and before messages are bought: then the deliveries have no messages and no receipt
        yet. A place without a receipt may be left out. Raises `SinkError`: then nothing is bought.
        """
        return None

    def erase(self, deliveries: Iterable[Delivery]) -> Iterator[WriteResult] | None:
        """Take away what was written for these leads, because their people must be forgotten; None if it cannot.

        `written`: it is gone, durably; `unchanged`: nothing was there. What is a person's own stays.
        """
        return None

    def find_fault(self, message_type: str, text: str) -> str:
        """Why a text cannot stand here, such as its length, for people; "" if it can. Without a call.

        Asked for each new message: one with a fault is held before any sink gets it.
        """
        return ""


class Table(Connector[C]):
    """A sink that is written whole: every record of the source, in its order, with its status."""

    @abstractmethod
    def stamp(self) -> str | None:
        """A cheap fingerprint of what is there now (size and time of change, a hash); None: nothing is there."""

    @abstractmethod
    def rewrite(self, rows: Iterable[Row], stamps: Collection[str], announce: Callable[[str], None]) -> None:
        """Write all rows at once or nothing.

        `stamps` are those of what was written here before: if the target has another one, a person changed it, and
        what that person wrote must not be lost. `announce` is called with the stamp that the target is about to
        have, before it has it: else a run that is killed in between would take its own work for a person's. Call it
        also if nothing has to be changed. Raises `SinkError`.
        """

    def shown(self) -> Iterator[Shown] | None:
        """The rows of the target as they are now; None if it cannot be read back. Reads only.

        Asked if the target is not what this ledger wrote last, before anything is bought or written. A row with
        neither receipt nor status may be left out. Raises `SinkError`: then nothing is bought.
        """
        return None


def _tell_apart(config: BaseModel) -> str:
    """Equal for options with the same secrets, and no secret itself."""
    return hashlib.sha256("\0".join(sorted(_secrets(config.model_dump()))).encode()).hexdigest()


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr | SecretBytes):
        yield str(value.get_secret_value())
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _secrets(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _secrets(part)
