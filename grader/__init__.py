"""The auto-grader of the course; see `grader.pipeline` for its main road.

`grade` is what the hidden line of a test cell calls under plain ``nbgrader autograde``.
"""

from __future__ import annotations

from typing import Any

__all__ = ["grade"]


def grade(exercise_id: str, function: Any) -> float:
    """Show what is wrong with ``function`` and return its points.

    Runs in the notebook's own kernel, under plain ``nbgrader autograde`` or for an
    instructor. Same scores as ``grader autograde`` for honest work, but without isolation:
    code in the same process could forge the result.

    Args:
        exercise_id: syllabus id, e.g. ``"G08.2"``.
        function: what the student defined under the task's name.

    Returns:
        Points as a finite float between 0 and the exercise's maximum, which nbgrader
        reads from the cell's output.
    """
    from grader.instant import grade_here

    return grade_here(exercise_id, function)
