"""X14.1 `museums`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.course.by_hand import by_hand

from ._shared import LECTURE, Array
from .g14_3_window_vector import window_vector

EXERCISE = by_hand(
    "X14.1",
    "museums",
    {"length": 250, "paris_from": 100, "padding_the": 2, "padding_to": 1, "learned": 2016},
    {
        "M14.3d": (
            {"length": 100, "paris_from": 50, "padding_the": 1, "learned": 816},
            "A window of 2 has two words on each side of the centre, not two in all.",
        ),
        "M14.3b": (
            {"length": 200, "learned": 1616},
            "The centre word belongs to its window.",
        ),
        "M14.3a": (
            {"length": 50, "paris_from": 0, "learned": 416},
            "The vectors are put one after the other, not added up.",
        ),
        "X14.1a": ({"paris_from": 101}, "Indices count from 0."),
        "X14.1b": (
            {"learned": 2008},
            "Count once more: u and b have as many entries as there are hidden units.",
        ),
        "X14.1c": ({"learned": 2017}, "The score is u times h; nothing is added to it."),
    },
    lecture=f"{LECTURE}#The-window",
)


# --- what the reference has to agree with ---------------------------------------------


def windows_agree(window: Callable[..., Array]) -> None:
    """Hold the numbers against the windows of the slides' sentence: x is in R^(5d)."""
    words = ["the", "museums", "in", "paris", "are", "amazing", "to", "see"]
    E = np.arange(1.0, 10.0)[:, None] * np.ones(50)  # row i holds i + 1; row 0: padding
    ids = np.arange(1, 9)
    numbers = EXERCISE.reference
    paris = window(E, ids, words.index("paris"))
    assert len(paris) == numbers["length"] == 250
    assert np.flatnonzero(paris == 5)[0] == numbers["paris_from"] == 100
    for word in ("the", "to"):
        x = window(E, ids, words.index(word))
        assert np.sum(x == 1) == 50 * numbers[f"padding_{word}"]


def witness_windows_of_the_slides() -> None:
    windows_agree(window_vector)


def witness_parameters_of_eight_units() -> None:
    W, b, u = np.zeros((8, 250)), np.zeros(8), np.zeros(8)
    assert W.size + b.size + u.size == EXERCISE.reference["learned"] == 2016
