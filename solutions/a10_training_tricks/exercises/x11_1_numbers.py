"""X11.1 `numbers`."""

from __future__ import annotations

from grader.course.by_hand import by_hand

from ..._shared import same_numbers
from ._shared import LECTURE, LENGTHS

EXERCISE = by_hand(
    "X11.1",
    "numbers",
    {
        "pads": 5 * len(LENGTHS) - sum(LENGTHS),
        "faint_2": LENGTHS[1] / 5,
        "faint_3": LENGTHS[2] / 5,
        "mean": 1 - 0.3,
        "scale": 1 / (1 - 0.3),
        "best": 3,
        "stop": 6,
        "bound": 2.0**-20,
    },
    {
        "X11.1a": (
            {"pads": 11},
            "You counted the words. A pad fills a field that holds no word.",
        ),
        "M11.1b": (
            {"mean": 0.3},
            "p is the probability of being dropped, and dropped units count as 0.",
        ),
        "M11.1a": (
            {"scale": 1 / 0.3},
            "You divided by the probability of being dropped.",
        ),
        "M11.6a": (
            {"stop": 2},
            "You stopped at the first bad evaluation. With patience 3 one is not enough.",
        ),
        "M11.6b": (
            {"stop": 5},
            "You counted all failures since the start. A new best sets the count to 0.",
        ),
        "M11.6c": (
            {"stop": 8},
            "8 would mean that training never stops. An evaluation succeeds only if it "
            "beats the best of all before it.",
        ),
        "M11.6d": (
            {"stop": 7},
            "The third failure in a row stops, and evaluations are numbered from 0.",
        ),
        "X11.1b": (
            {"best": 4},
            "You counted the evaluations from 1. The first one has the number 0.",
        ),
        "X11.1c": (
            {"best": 0.8},
            "That is the loss itself. Asked for is the number of the evaluation.",
        ),
        "X11.1e": (
            {"bound": 9.5e-7},
            "bound begins with the right digits, but four significant ones are asked for. "
            "Zeros at the front are none. Let Python compute it, and do not round.",
        ),
        "X11.1f": (
            {"bound": 9.54e-7},
            "bound begins with the right digits, but four significant ones are asked for. "
            "Let Python compute it, and do not round.",
        ),
        "X11.1g": (
            {"scale": 1.43},
            "scale is rounded to fewer than four significant digits.",
        ),
        "X11.1h": (
            {"bound": 0.5**10},
            "You took 1/2 for the largest slope of a sigmoid. That is its height at 0; "
            "the slope there is smaller.",
        ),
        "X11.1i": (
            {"bound": 0.25},
            "That is the largest slope of one layer. Ten of them multiply.",
        ),
        "X11.1j": (
            {"faint_2": 2.5, "faint_3": 1.25},
            "The quotient is upside down. Asked for is how many times the right average "
            "the wrong one is.",
        ),
        "X11.1d": (
            {"bound": 2.5},
            "You added the slopes of the layers. On their way down they multiply.",
        ),
    },
    lecture=LECTURE,
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = {
        "pads": 4,
        "faint_2": 0.4,
        "faint_3": 0.8,
        "mean": 0.7,
        "scale": 1.428571,
        "best": 3,
        "stop": 6,
        "bound": 9.536743e-7,
    }
    same_numbers(EXERCISE.reference, wanted, rtol=1e-6)
