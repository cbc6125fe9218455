"""X09.4 `Tensor`."""

from __future__ import annotations

from grader.kernel.inside.codec import Opaque
from grader.model import Evidence, Exercise, Mistake, Part

from ...._graphs import wrong_parts
from .._shared import ARRAYS
from .cases import DEEP, ERROR, KINK, PARTS, TENSOR_DRIVER, WHOLE, tensor_inputs
from .engine import engine
from .mistakes import MISTAKES, as_it_is, in_place, new_axes_only, repeated_only
from .right_ways import RIGHT_WAYS
from .witness import witness_torch

__all__ = ["EQUIVALENTS", "EXERCISE", "RIGHT_WAYS", "WRONG_WAYS", "witness_torch"]


def _is_part_error(evidence: Evidence) -> bool:
    """Whether every wrong part ended in an exception for which there is no other word."""
    wrong = wrong_parts(evidence, PARTS)
    stopped = bool(wrong) and all(isinstance(value, Opaque) for value in wrong.values())
    return stopped and not _shapes_clash(evidence)


def _shapes_clash(evidence: Evidence) -> bool:
    """Whether different shapes, and nothing else, end in a ValueError."""
    wrong = wrong_parts(evidence, PARTS)
    return (
        "broadcast" in wrong
        and wrong.keys() <= {"broadcast", "numbers"}
        and all(value == Opaque("ValueError") for value in wrong.values())
    )


WEIGHTS = {
    **dict.fromkeys(("plus_times", "minus_divide", "numbers", "power"), 0.5),
    **dict.fromkeys(("exp", "log", "tanh", "relu"), 0.25),
    **{"broadcast": 2.0, "matmul": 1.25, "sum": 1.5, "reshape": 0.5, "transpose": 0.5},
    **{"branches": 0.75, "accumulate": 0.5, "zero_grad": 0.5, "no_grad": 0.5},
}
"""What arrays add to the machine of a08 is worth most."""

EXERCISE = Exercise(
    id="X09.4",
    function="Tensor",
    points=12,
    reference=engine(deep=True),
    inputs=tensor_inputs,
    outputs=PARTS,
    parts=(
        *(Part(name=p, weight=WEIGHTS[p], output=p) for p in PARTS),
        *(Part(name=e, weight=0.25, edge=e) for e in (KINK, WHOLE, DEEP, ERROR)),
    ),
    pack="dict",
    driver=TENSOR_DRIVER,
    unchanged="",
    lecture=ARRAYS,
    mistakes=(
        *MISTAKES,
        Mistake(
            code="X09.4zc",
            detect=_shapes_clash,
            message="Operands of different shapes end in a ValueError. If it comes from +=, "
            "the gradient has the shape of the result still: sum it over all that was "
            "repeated before you add it.",
        ),
        Mistake(
            code="stops",
            detect=_is_part_error,
            message="These parts stop with an error: an operation or method is missing, "
            "still blank, or fails. The visible checks show which; the other parts are "
            "right.",
        ),
    ),
)


class HalfWritten(engine()):  # type: ignore[misc]
    """One method is blank, one is none."""

    def log(self) -> None:
        raise NotImplementedError("task X09.4: Tensor")

    transpose = None


WRONG_WAYS = {
    "stops": [HalfWritten],
    "X09.4zc": [
        engine(back_to=wrong, push=in_place)
        for wrong in (as_it_is, new_axes_only, repeated_only)
    ],
}

EQUIVALENTS = {
    "return self * -1 → return self / -1": "-1 is its own inverse",
    "recording = True → recording = False": "the tests set it, as the task says",
}
