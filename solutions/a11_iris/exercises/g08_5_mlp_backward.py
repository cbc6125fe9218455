"""G08.5 `mlp_backward`, as assignment a07 has it."""

from ...a07_backpropagation.exercises.g08_5_mlp_backward import (
    EXERCISE,
    RIGHT_WAYS,
    witness_autograd,
)

__all__ = ["EXERCISE", "RIGHT_WAYS", "witness_autograd"]
