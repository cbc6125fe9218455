"""The trusted half of every assignment: one module per assignment.

A module ``aNN_name`` defines ``EXERCISES``, a tuple of `grader.model.Exercise`, and may
define ``PROFILE`` (``"numpy"`` or ``"torch"``) and ``LIMITS`` (`grader.limits.Limits`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from grader.errors import SourceError
from grader.model import Exercise


@cache
def table(assignment: str) -> ModuleType:
    """Return the module of an assignment."""
    try:
        return importlib.import_module(f"{__name__}.{assignment}")
    except ModuleNotFoundError as error:
        raise SourceError(
            f"no table of exercises for '{assignment}': expected "
            f"grader/exercises/{assignment}.py"
        ) from error


@cache
def assignments() -> tuple[str, ...]:
    """Names of all assignments that have a table."""
    names = (info.name for info in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def find(exercise_id: str) -> Exercise:
    """Return an exercise by its id, looking through all tables."""
    for assignment in assignments():
        for exercise in table(assignment).EXERCISES:
            if exercise.id == exercise_id:
                return exercise
    raise SourceError(
        f"no exercise '{exercise_id}' in grader/exercises/; is the id in the notebook "
        "the one in the table?"
    )
