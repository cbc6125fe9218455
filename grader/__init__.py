"""The auto-grader of the course; see `grader.grading.submission` for its main road.

`grade` is what the hidden line of a test cell names.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["grade"]


def grade(exercise_id: str, function: Any) -> NoReturn:
    """Say which exercise a test cell grades; `grader` reads the line and never runs it.

    Points come from the command alone, which runs the student's code in a box and judges
    its values outside. A score made in the notebook's own process could be forged by the
    code beside it, so there is none.

    Args:
        exercise_id: the exercise, e.g. ``"G08.2"``.
        function: what the student defined under the task's name.

    Raises:
        RuntimeError: always, in any kernel.
    """
    raise RuntimeError(
        f"{exercise_id} is graded by the command 'grader autograde', never in a notebook. "
        "To run a solution notebook with everything else in it: 'grader validate', or "
        "'grader validate --store' to keep the outputs"
    )
