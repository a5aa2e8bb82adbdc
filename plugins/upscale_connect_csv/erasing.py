"""People who must be forgotten: taking their rows out of a file that is ours, and where else they may still stand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from upscale_connect import Delivery, WriteResult

from .forms import Form
from .merging import Chunk, Results
from .reader import CsvReader
from .target import Target


def drop_rows(
    target: Target, open_reader: Callable[[], AbstractContextManager[CsvReader]], form: Form, chunk: Chunk
) -> Results:
    """Leave the rows of these leads out of the file as it is now; every other row keeps its text.

    A row that shows somebody else's address stays. Raises `TargetChangedError` if the file did not stay as it was,
    `SinkError` if it is not one of ours.
    """
    results = {id(delivery): delivery.unchanged() for delivery in chunk}
    stamp, is_shorter = target.stamp(), False
    if stamp is None:
        return results
    with contextlib.ExitStack() as reading:
        reader = reading.enter_context(open_reader())
        columns = reader.layout.columns
        places, linkedin = [columns.index(name) for name in form.key], columns.index(form.linkedin)
        with target.draft(reader.layout.codec) as draft:
            draft.file.write(reader.layout.preamble + reader.layout.header)
            for row in reader.rows():
                judged = {id(one): _judge(one, row.cells[linkedin]) for one in chunk.find(row, places)}
                results |= judged
                if any(result.outcome == "written" for result in judged.values()):
                    is_shorter = True
                else:
                    draft.file.write(row.raw)
            # Windows replaces no file that is open, not even by ourselves.
            reading.close()
            if is_shorter:
                target.exchange(draft, stamp)
    return results


def _judge(delivery: Delivery, linkedin: str) -> WriteResult:
    stranger = delivery.find_stranger(linkedin=linkedin)
    return delivery.conflict(stranger) if stranger else delivery.written()


def find_leftovers(target: Target) -> Iterator[str]:
    """Files beside the target that hold earlier states of it: copies, and drafts of a run that was killed."""
    path = target.path
    for one in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        is_copy = one.name.startswith(f"{path.stem}.edited-") and one.suffix == path.suffix
        is_draft = one.name.startswith(target.prefix) and one.suffix == ".tmp"
        if is_copy or is_draft or one.name == f"{path.name}.bak":
            yield str(one)
