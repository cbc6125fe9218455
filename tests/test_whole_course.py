"""A class of thirty in every assignment: right, blank, and each known mistake.

Students' functions are the variants of the tables themselves, carried into the confined
kernel as text. What comes out has to be what judging them here predicts: same points, same
names, and never a name of a mistake that was not made.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import pytest
from course_exercises import ASSIGNMENTS, book, exercises_of

from grader.commands.autograde import autograde
from grader.course.folder import Course, exercise_seed
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.model import SOLUTION_SUFFIX, Score

ROOT = Path(__file__).parents[1]
SHARED_BY = "assignment"
SIZE = 30
RIGHT, BLANK = -1, -2
ALL_RIGHT, ALL_BLANK = 0, 1
"""The first two students; the others differ from exercise to exercise."""

CARRIER = '''
import importlib.abc, importlib.util, sys
SOURCES = {sources}

class Carrier(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import modules of the grader from their text: a real student has none."""

    def find_spec(self, name, path=None, target=None):
        if name in SOURCES:
            is_package = any(other.startswith(name + ".") for other in SOURCES)
            return importlib.util.spec_from_loader(name, self, is_package=is_package)

    def exec_module(self, module):
        exec(compile(SOURCES[module.__name__], module.__name__, "exec"), module.__dict__)

sys.meta_path.insert(0, Carrier())
'''


def imported(source: str) -> Iterator[str]:
    """Yield the grader's modules that a module imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader"):
            yield node.module or ""
            for alias in node.names:
                yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("grader"))


def sources(name: str, found: dict[str, str] | None = None) -> dict[str, str]:
    """Return the text of a module and of all it imports of the grader."""
    found = {} if found is None else found
    path = ROOT.joinpath(*name.split("."))
    if name in found:
        return found
    if path.is_dir():
        found[name] = ""  # exercises import nothing from a package itself
    elif path.with_suffix(".py").is_file():
        found[name] = path.with_suffix(".py").read_text(encoding="utf-8")
    else:
        return found  # a name inside a module
    parents = name.split(".")[:-1]
    for other in (".".join(parents[: i + 1]) for i in range(len(parents))):
        sources(other, found)
    for other in imported(found[name]):
        sources(other, found)
    return found


def module_name(path: str) -> str:
    """Return what a file of exercises is called in the kernel."""
    inside = path.removesuffix(".py").removesuffix("/__init__")
    return "theirs." + inside.replace("/", ".")


@cache
def carried(assignment: str) -> dict[str, str]:
    """Return the text of an assignment's exercises and of all they import of the grader."""
    found: dict[str, str] = {"theirs": ""}
    for path, text in book(assignment).source.files:
        name = module_name(path)
        parents = name.split(".")[:-1]
        for depth in range(1, len(parents) + 1):
            found.setdefault(".".join(parents[:depth]), "")
        found[name] = text
        for other in imported(text):
            sources(other, found)
    return found


@dataclass(frozen=True)
class Student:
    """What one student does in every exercise."""

    name: str
    choices: dict[str, int]
    """Exercise id -> position of a mistake in its table, `RIGHT` or `BLANK`."""


def class_of(assignment: str) -> list[Student]:
    """Return thirty students who make every mistake at least once, if they can."""
    dice = random.Random(assignment)
    table = exercises_of(assignment)
    choices: list[dict[str, int]] = [{} for _ in range(SIZE)]
    for exercise in table:
        wrong = [i for i, m in enumerate(exercise.mistakes) if m.variant is not None]
        dice.shuffle(wrong)
        rest = SIZE - 2
        others = [*wrong[:rest], *([RIGHT, BLANK, RIGHT] * SIZE)][:rest]
        dice.shuffle(others)
        for student, choice in zip(choices, [RIGHT, BLANK, *others], strict=True):
            student[exercise.id] = choice
    return [Student(f"student-{i:02}", chosen) for i, chosen in enumerate(choices)]


def hand_in(course: Course, assignment: str, student: Student) -> None:
    """Write a notebook in which every function is the one that was chosen."""
    notebook = nbformat.read(course.released(assignment), 4)
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook.cells}
    table = exercises_of(assignment)
    carrier = CARRIER.format(sources=repr(carried(assignment)))
    notebook.cells.insert(1, nbformat.v4.new_code_cell(carrier))
    for exercise in table:
        choice = student.choices[exercise.id]
        what = "reference" if choice == RIGHT else f"mistakes[{choice}].variant"
        if choice != BLANK:
            name = f"{exercise.id.replace('.', '-')}-{exercise.function}{SOLUTION_SUFFIX}"
            module = module_name(book(assignment).files[exercise.id].path.partition("/")[2])
            text = f"from {module} import EXERCISE\n{exercise.function} = EXERCISE.{what}"
            cells[name].source = f"{text}  # {student.name}"
    path = course.submission(student.name, assignment) / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


@cache
def key_of(assignment: str, exercise: str, secret: bytes) -> AnswerKey:
    """Return the key of an exercise, which knows its mistakes' values once asked."""
    (found,) = (e for e in exercises_of(assignment) if e.id == exercise)
    return AnswerKey(found, exercise_seed(secret, exercise))


def predicted(key: AnswerKey, choice: int) -> Score:
    """Judge the chosen function in this process."""
    exercise = key.exercise

    def blank(*args: object) -> None:
        raise NotImplementedError

    if choice == BLANK:
        return judge(key, key.answer_of(blank))
    function = exercise.reference if choice == RIGHT else exercise.mistakes[choice].variant
    return judge(key, key.answer_of(function))


def codes(score: Score) -> set[str]:
    """Return the names that were given, remarks on style and speed left out."""
    return {f.code for f in score.findings if f.named and not f.remark}


@pytest.mark.slow
@pytest.mark.kernel
@pytest.mark.timeout(600)
@pytest.mark.rests_on("solutions/{assignment}", "utils", "tests/conftest.py")
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_class_gets_what_it_deserves(
    assignment: str, new_course: Callable[..., Course], tmp_path: Path, can_confine: None
) -> None:
    course = new_course(tmp_path, assignment)
    students = class_of(assignment)
    for student in students:
        hand_in(course, assignment, student)
    results = autograde(course, assignment, jobs=2)
    assert [r.student for r in results] == [s.name for s in students]
    wrong = []
    for student, result in zip(students, results, strict=True):
        assert result.status == "graded", result
        # a mistake may make a given training cell slow; no answer may be lost by it
        assert all(limit.startswith("cell ") for limit in result.limits), result.limits
        by_id = {e.id: e for e in exercises_of(assignment)}
        for score in result.scores:
            exercise, choice = by_id[score.id], student.choices[score.id]
            expected = predicted(key_of(assignment, score.id, course.secret()), choice)
            seen = score.score, codes(score)
            if seen != (expected.score, codes(expected)):
                wrong.append((student.name, score.id, choice, seen, expected))
            if choice == RIGHT:
                assert score.score == score.max_score, score
                assert not codes(score), score
            elif choice == BLANK:
                assert score.score == 0, score
                assert not codes(score), score
            else:
                made = exercise.mistakes[choice]
                assert score.score < score.max_score, (made.code, score)
                own = {m.code for m in exercise.mistakes}
                assert codes(score) & own <= {made.code}, (made.code, score)
    assert wrong == []
    assert results[ALL_RIGHT].score == results[ALL_RIGHT].max_score
    assert results[ALL_BLANK].score == 0
    record = json.loads(course.result("student-00", assignment).read_text("utf-8"))
    assert record["score"] == record["max_score"]
