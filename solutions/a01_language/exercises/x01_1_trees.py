"""X01.1 `trees`."""

from __future__ import annotations

from grader.course.by_hand import by_hand

from ._shared import LECTURE

EXERCISE = by_hand(
    "X01.1",
    "trees",
    {"plain": 1, "one_pp": 2, "two_pps": 5, "three_pps": 14, "subject_pp": 1},
    {
        "X01.1a": (
            {"two_pps": 3, "three_pps": 4},
            "From the second phrase on, each adds more than one tree: it can hang on the "
            "verb, or on any noun that is still open.",
        ),
        "X01.1b": (
            {"two_pps": 4, "three_pps": 8},
            "The number does not simply double: with two phrases the second may hang on "
            "'saw', on 'the girl', or on 'a telescope'. Draw them all.",
        ),
        "X01.1c": (
            {"two_pps": 6, "three_pps": 24},
            "Not every combination of attachments is a tree: once a phrase hangs on the "
            "verb, a later one cannot reach back into the noun before it.",
        ),
        "X01.1d": (
            {"subject_pp": 2},
            "'with a telescope' stands inside the subject there: before the verb there is "
            "nothing else it could hang on.",
        ),
        "X01.1e": (
            {"two_pps": 4},
            "The number does not simply double: with two phrases the second may hang on "
            "'saw', on 'the girl', or on 'a telescope'. Draw them all.",
        ),
        "X01.1f": (
            {"three_pps": 10},
            "The number does not simply double: a third phrase has more places to hang on, "
            "and how many depends on where the first two hang.",
        ),
    },
    lecture=f"{LECTURE}#The-explosion",
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    assert list(EXERCISE.reference.values()) == [1, 2, 5, 14, 1]
