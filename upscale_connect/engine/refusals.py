"""Refusals: which leads the API blames, in the words of a person's own source."""

from __future__ import annotations

from ..errors import RefusedError, ValidationError
from ..ledger import Aside, Batch
from ..mapping import Mapping
from .claims import claim_key


def name_leads(batch: Batch, error: RefusedError, mapping: Mapping) -> dict[str, Aside]:
    """The leads that a refusal names by their index, each with the API's words and its place in the source."""
    named: dict[str, Aside] = {}
    for problem in error.problems if isinstance(error, ValidationError) else ():
        if problem.lead is None or not 0 <= problem.lead < len(batch.leads):
            continue
        lead_id = batch.leads[problem.lead].lead_id
        field = problem.path.partition(".")[2]
        reason = f"{field} {problem.message}".lstrip()
        if lead_id in named:
            named[lead_id].reason += f"; {reason}"
        else:
            named[lead_id] = put_aside(batch, problem.lead, reason, ", ".join(mapping.sources.get(field, (field,))))
    return named


def put_aside(batch: Batch, index: int, reason: str, field: str = "") -> Aside:
    """A lead of a batch for the quarantine. `field`: the columns of the source that are to blame, if that is known."""
    lead = batch.leads[index]
    key = claim_key(lead.customer, lead.campaign, "refused", lead.lead_id)
    return Aside(key, "refused", batch.places[index], f"the API says: {reason}", field=field)


def tell_reason(error: ValidationError) -> str:
    """All that the API says."""
    return " ".join(f"{problem.path} {problem.message}".strip() for problem in error.problems)[:500]


def blame_request(error: ValidationError, alone: int) -> ValidationError:
    """What all leads share must be wrong: `alone` of them were sent alone, and refused with the same request."""
    error.hint = (
        f"it does not say what is wrong, and refused {alone} of {alone} leads that were sent alone: correct `request:`"
        " or `messages:` of the sync, or these leads, then run again; nothing was bought, and they stay queued"
    )
    return error
