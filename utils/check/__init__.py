"""Checks for the student's own work: in assignments they know relations, never answers.

Each check looks at what you computed, says in one line that it holds, or says what is
wrong and where, with a small table of the errors. A cell shows all its checks, right
and wrong; if one failed, the cell then ends in one line instead of a traceback.

    check.shape(dW, W.shape, "dW")            # the shape convention
    check.close(p.sum(), 1.0, "sum of p")     # a number you can foresee
    check.same(tags, ["B", "O"], "the tags")  # words
    check.gradient(loss, dW, W)               # your gradient against your own loss
    check.autograd(loss, [dW], W)             # the same with PyTorch as the witness

In lectures, where the answer stands folded in the next cell, a student's turn is

    check.turn("the first half", (left, right), "sealed:KDEuNSwgMi4wKQ==")

which says "your turn" while dots (``...``) stand in the place of an answer.

Ref: syllabus T07.11 (shapes), T09.16 (numeric gradients).
"""

from utils.check.checks import autograd, close, filled, gradient, same, shape
from utils.check.endless import in_one_line
from utils.check.results import CheckFailed, CheckPassed, YourTurn
from utils.check.turns import seal, turn

in_one_line()

__all__ = [
    "CheckFailed",
    "CheckPassed",
    "YourTurn",
    "autograd",
    "close",
    "filled",
    "gradient",
    "same",
    "seal",
    "shape",
    "turn",
]
