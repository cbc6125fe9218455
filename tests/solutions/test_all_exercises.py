"""What must hold for every exercise of this course."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import nbformat
import pytest
from course_exercises import ASSIGNMENTS, ROOT, book, exercises_of
from digests import with_imports
from records import files_of

from grader.course.folder import open_course
from grader.judge.compare import compare
from grader.judge.key import AnswerKey
from grader.model import Exercise
from grader.vetting.check import subjects
from grader.vetting.rules import RULES, Subject, hold

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
SHARED_BY = "assignment"
SYLLABUS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("syllabus_mistakes.json").read_text(encoding="utf-8")
)
ALL = [exercise for name in ASSIGNMENTS for exercise in exercises_of(name)]
PLACES = [(name, e.id) for name in ASSIGNMENTS for e in exercises_of(name)]
LONGEST = ("mistakes", "faults")
"""Rules that take longest."""
DECIDES = (
    *("grader/judge", "grader/vetting", "grader/kernel/inside", "utils"),
    *("grader/model.py", "grader/limits.py", "grader/errors.py", "grader/shares.py"),
    *("grader/text_modules.py", "grader/course/exercises.py", "grader/course/by_hand.py"),
)
"""What decides about these besides an exercise and its notebook."""
FILES = [
    (name, e, file.path) for name in ASSIGNMENTS for e, file in book(name).files.items()
]
LEAST_WAYS = 3


@cache
def subjects_of(assignment: str) -> Mapping[str, Subject]:
    return {s.exercise.id: s for s in subjects(open_course(ROOT), assignment)}


def subject(assignment: str, exercise: str) -> Subject:
    return subjects_of(assignment)[exercise]


@pytest.mark.parametrize("rule", [r for r in RULES if r not in ("visible", *LONGEST)])
@pytest.mark.parametrize(("assignment", "exercise"), PLACES)
def test_rule_holds(assignment: str, exercise: str, rule: str) -> None:
    found = hold(subject(assignment, exercise), rule)
    assert not found.faults, "\n".join(found.faults)


@pytest.mark.timeout(3600)
@pytest.mark.rests_on("{file}", "solutions/{assignment}/{assignment}.ipynb", code=DECIDES)
@pytest.mark.parametrize(("assignment", "exercise", "file"), FILES)
def test_mistakes_and_small_faults_are_noticed(
    assignment: str, exercise: str, file: str
) -> None:
    here = subject(assignment, exercise)
    faults = [fault for rule in LONGEST for fault in hold(here, rule).faults]
    assert not faults, "\n".join(faults)


def test_what_decides_imports_nothing_that_is_not_looked_at() -> None:
    """Reading notebooks apart: of what is read, the digest holds the text."""
    reading = {ROOT / "grader/vetting" / name for name in ("notebook.py", "check.py")}
    known = {path for place in DECIDES for path in files_of(ROOT / place)}
    files = known.union(*(with_imports([ROOT / path]) for *_, path in FILES))
    for path in sorted(file for file in files - reading if file.suffix == ".py"):
        for name in _absolute(path):
            if name.startswith(("grader.", "utils.")):
                module = ROOT.joinpath(*name.split("."))
                places = {module.with_suffix(".py"), module / "__init__.py"}
                assert places & known, f"{path} imports {name}: add it to DECIDES"


def _absolute(path: Path) -> list[str]:
    """Return the modules that a file imports by their whole names."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.append(str(node.module))
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize(("assignment", "exercise"), PLACES)
def test_visible_check_notices_mistakes(assignment: str, exercise: str) -> None:
    missed = hold(subject(assignment, exercise), "visible").faults
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_function_has_several_right_ways_and_a_witness(assignment: str) -> None:
    for name, file in book(assignment).files.items():
        if name.startswith("G"):
            assert len(file.right_ways) >= LEAST_WAYS, name
        assert file.witnesses, name


@pytest.mark.parametrize(("assignment", "exercise"), PLACES)
def test_cases_differ_between_seeds_and_repeat_for_one(
    assignment: str, exercise: str
) -> None:
    found = book(assignment).files[exercise].exercise
    first, again, other = (
        [case.args for case in AnswerKey(found, seed).cases] for seed in (0, 0, 1)
    )
    assert compare(first, again) is None
    if exercise.startswith("G"):
        assert compare(first, other) is not None


@pytest.mark.parametrize("exercise", [e for e in ALL if e.id[0] == "G"], ids=lambda e: e.id)
def test_every_mistake_of_the_syllabus_is_known(exercise: Exercise) -> None:
    """`syllabus_mistakes.json`: code -> how it shows; "= b" may share the code of b.

    An X exercise may show what the function of the syllabus cannot.
    """
    wanted = {code for code, how in SYLLABUS.get(exercise.id, {}).items() if how[0] != "="}
    places = [e for e in ALL if e.id == exercise.id or e.id[0] == "X"]
    known = {said.code for e in places for said in (*e.mistakes, *e.accepted)}
    assert wanted - known == set()


def headings(lecture: str) -> set[str]:
    """Return the anchors of a lecture's headings, as JupyterLab makes them."""
    path = ROOT / "lectures" / f"{lecture}.ipynb"
    texts = [
        "".join(cell.source)
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    ]
    lines = [line for text in texts for line in text.splitlines()]
    found = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    return {heading.replace(" ", "-") for heading in found}


def test_links_into_lectures_lead_somewhere() -> None:
    said = [said for e in ALL for said in (e, *e.mistakes, *e.accepted)]
    links = {part.lecture for part in said}
    anchors: dict[str, set[str]] = {}
    for link in links - {""}:
        lecture, _, heading = link.partition("#")
        found = anchors.setdefault(lecture, headings(lecture))
        assert not heading or heading in found, link
