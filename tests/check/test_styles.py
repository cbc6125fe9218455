"""Other right ways of writing earn full marks.

`styles/aNN_name.py` defines ``STYLES``: exercise id -> right functions that a student
might write, each different in kind: loops, einsum, other algebra, lists, views.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from witness import key_of

from grader import exercises
from grader.judge import judge

Styles = dict[str, list[Callable[..., Any]]]

LEAST = 3
SEEDS = (0, 1, 2)


def styles(assignment: str) -> Styles:
    """Return the right answers collected for an assignment."""
    path = Path(__file__).parent / "styles" / f"{assignment}.py"
    spec = importlib.util.spec_from_file_location(f"styles_{assignment}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Styles = module.STYLES
    return found


STYLES = {name: styles(name) for name in exercises.assignments()}
ALL = [
    pytest.param(exercise, style, id=f"{exercise}-{number}")
    for collected in STYLES.values()
    for exercise, written in collected.items()
    for number, style in enumerate(written)
]


@pytest.mark.parametrize("assignment", STYLES)
def test_every_function_has_several_styles(assignment: str) -> None:
    """Those of an exercise that another assignment uses again may stand there."""
    wanted = {e.id for e in exercises.table(assignment).EXERCISES if e.id[0] == "G"}
    collected = [item for other in STYLES.values() for item in other.items()]
    found = {name for name, written in collected if len(written) >= LEAST}
    assert wanted - found == set()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("exercise_id", "style"), ALL)
def test_right_is_right_however_it_is_written(
    exercise_id: str, style: Callable[..., Any], seed: int
) -> None:
    key = key_of(exercise_id, seed)
    score = judge(key, key.answer_of(style))
    assert score.score == score.max_score, score.findings
