"""The mutations of the model, made in the real code: each takes one rule of the money protocol away."""

from tests.protocol import attempt_mutations, callback_mutations, outcome_mutations
from tests.protocol.mutation import GUARDS, MUTATIONS

__all__ = ["GUARDS", "MUTATIONS", "attempt_mutations", "callback_mutations", "outcome_mutations"]
