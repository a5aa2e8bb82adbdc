"""People who must be forgotten: taking their rows out of a file that is ours, and where else they may still stand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from upscale_connect import Delivery, WriteResult

from .reader import CsvReader
from .target import Target


def drop_rows(
    target: Target,
    open_reader: Callable[[], AbstractContextManager[CsvReader]],
    names: Sequence[str],
    chunk: Mapping[tuple[str, ...], Delivery],
) -> dict[tuple[str, ...], WriteResult]:
    """Leave the rows of these leads out of the file as it is now; every other row keeps its text.

    `names`: the columns that name a lead, and behind them the one of the LinkedIn address: a row that shows somebody
    else's stays. Raises `TargetChangedError` if the file did not stay as it was, `SinkError` if it is not one of ours.
    """
    results = {key: delivery.unchanged() for key, delivery in chunk.items()}
    stamp = target.stamp()
    if stamp is None:
        return results
    with contextlib.ExitStack() as reading:
        reader = reading.enter_context(open_reader())
        places = [reader.layout.columns.index(name) for name in names]
        with target.draft(reader.layout.codec) as draft:
            draft.file.write(reader.layout.preamble + reader.layout.header)
            for row in reader.rows():
                *key, linkedin = ("", "") if row.problem else (row.cells[place] for place in places)
                delivery = chunk.get(tuple(key))
                if delivery is None:
                    draft.file.write(row.raw)
                elif stranger := delivery.find_stranger(linkedin=linkedin):
                    draft.file.write(row.raw)
                    results[tuple(key)] = delivery.conflict(stranger)
                else:
                    results[tuple(key)] = delivery.written()
            # Windows replaces no file that is open, not even by ourselves.
            reading.close()
            if any(result.outcome == "written" for result in results.values()):
                target.exchange(draft, stamp)
    return results


def find_leftovers(target: Target) -> Iterator[str]:
    """Files beside the target that hold earlier states of it: copies, and drafts of a run that was killed."""
    path = target.path
    for one in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        is_copy = one.name.startswith(f"{path.stem}.edited-") and one.suffix == path.suffix
        is_draft = one.name.startswith(target.prefix) and one.suffix == ".tmp"
        if is_copy or is_draft or one.name == f"{path.name}.bak":
            yield str(one)
