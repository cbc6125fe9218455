"""Grading inside the notebook's own kernel, for plain ``nbgrader autograde``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from grader import exercises
from grader.check.key import AnswerKey
from grader.course import enclosing_secret, exercise_seed
from grader.judge import judge
from grader.report.cell import plain, rich


def grade_here(exercise_id: str, function: Any) -> float:
    """Judge ``function`` in this process, show the reasons, return the points."""
    from IPython.display import display

    exercise = exercises.find(exercise_id)
    key = AnswerKey(exercise, exercise_seed(enclosing_secret(Path.cwd()), exercise_id))
    score = judge(key, key.answer_of(function), _source(function))
    display({"text/plain": plain(score), "text/html": rich(score)}, raw=True)
    return float(score.score)


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except (TypeError, OSError):
        return ""
