"""The hidden inputs notice small faults: right code with one fault loses points."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from mutants import mutants

from grader import exercises
from grader.check.key import AnswerKey
from grader.judge import judge
from grader.model import SOLUTION_SUFFIX, Exercise

ROOT = Path(__file__).parents[2]
EQUIVALENT: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("equivalents.json").read_text(encoding="utf-8")
)
"""Exercise -> mutant -> why nobody could tell it from the original."""
LEAST = 0.99
MOST_SECONDS = 3.0
SEED = 5


class TooSlowError(Exception):
    """A mutant does not come to an end."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what takes too long, again and again; in the main thread.

    The first time ends a case of an answer, which then goes on with the next one.
    """

    def stop(*_: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def cells(assignment: str) -> list[Any]:
    path = ROOT / "solutions" / assignment / f"{assignment}.ipynb"
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def is_solution_of(cell: Any, exercise: Exercise) -> bool:
    name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return name.endswith(SOLUTION_SUFFIX) and name.startswith(
        exercise.id.replace(".", "-") + "-"
    )


def survivors(assignment: str, exercise: Exercise) -> tuple[list[str], int]:
    """Return the mutants with full marks, and how many there were."""
    names: dict[str, Any] = {}
    alive, count = [], 0
    key = AnswerKey(exercise, SEED)
    for cell in cells(assignment):
        if not cell.metadata.get("nbgrader", {}).get("grade"):
            exec(cell.source, names)
        if not is_solution_of(cell, exercise):
            continue
        for mutant in mutants(cell.source):
            count += 1
            if _passes(key, exercise, mutant.source, dict(names)):
                alive.append(mutant.name)
    return alive, count


def _passes(key: AnswerKey, exercise: Exercise, source: str, names: dict[str, Any]) -> bool:
    quiet = contextlib.redirect_stdout(io.StringIO())
    try:
        with time_limit(MOST_SECONDS), warnings.catch_warnings(), quiet:
            warnings.simplefilter("ignore")
            exec(source, names)
            score = judge(key, key.answer_of(names[exercise.function]))
    except (Exception, TooSlowError):
        return False
    return score.score == exercise.points


@pytest.mark.slow
@pytest.mark.parametrize("assignment", exercises.assignments())
def test_inputs_notice_faults(assignment: str, record_property: Any) -> None:
    found, total = {}, 0
    for exercise in exercises.table(assignment).EXERCISES:
        alive, count = survivors(assignment, exercise)
        known = EQUIVALENT.get(exercise.id, {})
        assert not set(known) - set(alive), "listed, but no survivor"
        total += count - len(known)
        left = [name for name in alive if name not in known]
        if left:
            found[exercise.id] = left
    assert total > 20, "too few mutants to say anything"
    unnoticed = sum(map(len, found.values()))
    record_property("mutants", total)
    record_property("unnoticed", unnoticed)
    assert unnoticed <= (1 - LEAST) * total, json.dumps(found, indent=1, ensure_ascii=False)


def test_mutants_differ_from_the_original_and_from_each_other() -> None:
    source = "def f(x):\n    y = x.T @ x - 1\n    if y > 0:\n        y += 2\n    return -y"
    found = [mutant.source for mutant in mutants(source)]
    assert len(found) == len(set(found)) > 10
    for fault in ("x @ x - 1", "x.T @ x + 1", "y >= 0", "y = 2", "return y", "x.T @ x - 2"):
        assert any(fault in text for text in found), fault
