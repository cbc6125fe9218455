"""The three sentences that matter, for every exercise of every assignment.

The reference and the solution earn full marks, the blank earns nothing, and each known
mistake earns less than everything and its own name.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from witness import SOLUTIONS, key_of

from grader import exercises
from grader.check.compare import compare
from grader.check.key import AnswerKey
from grader.judge import judge
from grader.model import Exercise, Mistake

ROOT = Path(__file__).parents[2]
SYLLABUS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("syllabus_mistakes.json").read_text(encoding="utf-8")
)
ALL = [e for name in exercises.assignments() for e in exercises.table(name).EXERCISES]
WRONG = [(e, m) for e in ALL for m in e.mistakes if m.variant is not None]
SEEDS = (0, 1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_reference_earns_everything(exercise: Exercise, seed: int) -> None:
    key = key_of(exercise.id, seed)
    score = judge(key, key.answer_of(exercise.reference))
    assert score.score == exercise.points, score.findings


@pytest.mark.parametrize("assignment", exercises.assignments())
@pytest.mark.parametrize("seed", SEEDS)
def test_solution_cells_earn_everything(assignment: str, seed: int) -> None:
    for exercise in exercises.table(assignment).EXERCISES:
        key = key_of(exercise.id, seed)
        score = judge(key, key.answer_of(SOLUTIONS[assignment][exercise.function]))
        assert score.score == exercise.points, (exercise.id, score.findings)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("exercise", "mistake"), WRONG, ids=[f"{e.id}-{m.code}" for e, m in WRONG]
)
def test_mistake_is_named_and_costs(
    exercise: Exercise, mistake: Mistake, seed: int
) -> None:
    key = key_of(exercise.id, seed)
    score = judge(key, key.answer_of(mistake.variant))
    assert [finding.code for finding in score.findings] == [mistake.code]
    assert score.score < exercise.points


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_blank_earns_nothing(exercise: Exercise) -> None:
    def blank(*args: object) -> None:
        raise NotImplementedError(exercise.id)

    key = key_of(exercise.id, 0)
    score = judge(key, key.answer_of(blank))
    assert score.score == 0
    assert score.findings


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_cases_differ_between_seeds_and_repeat_for_one(exercise: Exercise) -> None:
    first, again, other = (
        [case.args for case in AnswerKey(exercise, seed).cases] for seed in (0, 0, 1)
    )
    assert compare(first, again) is None
    if exercise.id.startswith("G"):
        assert compare(first, other) is not None


def test_codes_and_messages_are_ready_for_students() -> None:
    for exercise in ALL:
        for mistake in exercise.mistakes:
            assert (mistake.variant is None) != (mistake.detect is None), mistake.code
            assert mistake.message.endswith("."), mistake.code
            assert "  " not in mistake.message, mistake.code


@pytest.mark.parametrize("exercise", [e for e in ALL if e.id[0] == "G"], ids=lambda e: e.id)
def test_every_mistake_of_the_syllabus_is_known(exercise: Exercise) -> None:
    """`syllabus_mistakes.json`: code -> how it shows; "= b" may share the code of b.

    An X exercise may show what the function of the syllabus cannot.
    """
    wanted = {code for code, how in SYLLABUS.get(exercise.id, {}).items() if how[0] != "="}
    places = [e for e in ALL if e is exercise or e.id[0] == "X"]
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
