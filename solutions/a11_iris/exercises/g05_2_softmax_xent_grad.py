"""G05.2 `softmax_xent_grad`, as assignment a04 has it."""

from ...a04_losses_softmax.exercises.g05_2_softmax_xent_grad import (
    EXERCISE,
    RIGHT_WAYS,
    witness_autograd,
)

__all__ = ["EXERCISE", "RIGHT_WAYS", "witness_autograd"]
