"""G13.2 `hidden_size_range`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.compare import compare, is_number
from grader.model import Case, Evidence, Exercise, Mistake

from ..._shared import generic, values
from ._shared import LECTURE, Rng

RULE = {
    "M13.2a": "The root holds a product. The rule adds the numbers of inputs and outputs.",
    "M13.2b": "a stands under the root. It is added after the root has been taken.",
    "M13.2c": "Look at where a begins and ends: from 1 to 10, both included.",
    "M13.2d": "This is half the sum of inputs and outputs, another rule of thumb. Here the "
    "root of the sum is taken.",
}


def size_inputs(rng: Rng) -> list[Case]:
    """The slide's network and others; never n m = n + m."""
    pairs = [(int(rng.integers(5, 30)), int(rng.integers(3, 9))) for _ in range(3)]
    visible = Case(name="visible", args=(4, 3), role="visible")
    return [visible, *(Case(name=f"{i}: {p}", args=p) for i, p in enumerate(pairs))]


def hidden_size_range(n: int, m: int) -> tuple[float, float]:
    """T13.4: the root of n + m, plus a number from 1 to 10."""
    root = math.exp(0.5 * math.log(n + m))
    return 1 + root, 10 + root


def _sizes(
    rule: Callable[[int, int, int], float], first: int = 1, last: int = 10
) -> Callable[[int, int], tuple[float, float]]:
    return lambda n, m: (rule(n, m, first), rule(n, m, last))


def _is_half_sum(evidence: Evidence) -> bool:
    found = values(evidence)
    return bool(found) and all(
        is_number(value) and compare(value, sum(case.args) / 2) is None
        for value, (case, _, _) in zip(found or [], generic(evidence), strict=True)
    )


def _is_one_number(evidence: Evidence) -> bool:
    """Whether one number, or the same number twice, was returned everywhere."""
    found = values(evidence)

    def single(value: Any) -> bool:
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return all(map(is_number, value)) and bool(value[0] == value[1])
        return is_number(value)

    return bool(found) and all(map(single, found or [])) and not _is_half_sum(evidence)


EXERCISE = Exercise(
    id="G13.2",
    function="hidden_size_range",
    points=1,
    reference=hidden_size_range,
    inputs=size_inputs,
    outputs=("low", "high"),
    pack="tuple",
    lecture=f"{LECTURE}#The-network:-4-6-3",
    mistakes=(
        *(
            Mistake(code=code, variant=variant, message=RULE[code])
            for code, variant in (
                ("M13.2a", _sizes(lambda n, m, a: math.sqrt(n * m) + a)),
                ("M13.2b", _sizes(lambda n, m, a: math.sqrt(n + m + a))),
                ("M13.2c", _sizes(lambda n, m, a: math.sqrt(n + m) + a, 0)),
                ("M13.2c", _sizes(lambda n, m, a: math.sqrt(n + m) + a, 0, 9)),
                ("M13.2c", _sizes(lambda n, m, a: math.sqrt(n + m) + a, 1, 9)),
                ("M13.2d", _sizes(lambda n, m, a: (n + m) / 2 + a)),
                ("M13.2d", _sizes(lambda n, m, a: (n + m) / 2)),
            )
        ),
        Mistake(code="M13.2d", detect=_is_half_sum, message=RULE["M13.2d"]),
        Mistake(
            code="M13.2e",
            detect=_is_one_number,
            message="You return one number, as if the rule knew the size. It is a rule of "
            "thumb and gives a range, (low, high); any size inside is worth a try.",
        ),
        Mistake(
            code="X13.6a",
            variant=_sizes(lambda n, m, a: math.sqrt(n) + math.sqrt(m) + a),
            message="You add two roots. Add the numbers of inputs and outputs first, and "
            "take one root of the sum.",
        ),
        Mistake(
            code="X13.6b",
            variant=_sizes(lambda n, m, a: n + m + a),
            message="The root is missing: a is added to the root of n + m.",
        ),
        Mistake(
            code="X13.6c",
            variant=_sizes(lambda n, m, a: math.sqrt(n + m) * a),
            message="The root is multiplied by a. Add a to it.",
        ),
        Mistake(
            code="X13.6d",
            variant=_sizes(lambda n, m, a: (n + m) ** 2 + a),
            message="The sum is squared. Take its root.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def range_as_list(n, m):
    return [math.sqrt(n + m) + a for a in (1, 10)]


def range_as_power(n, m):
    low = np.float64(n + m) ** 0.5 + 1
    return low, low + 9


def range_through_hypot(n, m):
    root = np.array(math.hypot(math.sqrt(n), math.sqrt(m)))
    return root + 1.0, root + 10.0


RIGHT_WAYS = [range_as_list, range_as_power, range_through_hypot]


# --- examples of mistakes -------------------------------------------------------------


WRONG_WAYS = {
    "M13.2d": [lambda n, m: (n + m) / 2],
    "M13.2e": [
        lambda n, m: np.sqrt(n + m) + 3.3542487,
        lambda n, m: 6,
        lambda n, m: (6, 6),
    ],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    found = hidden_size_range(4, 3)
    np.testing.assert_allclose(found, (3.6457513, 12.6457513), rtol=1e-8)
