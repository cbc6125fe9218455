"""Answers that people wrote from the released texts: their points, and what is said.

``answers/<assignment>.toml`` has cells of code as they were handed in. What stands above a
line ``# %%`` goes into cells of its own. Each was once judged wrongly, or explained badly.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course_exercises import ASSIGNMENTS

from grader.course.assignment import load_assignment
from grader.course.folder import Course
from grader.course.submission import read_submission
from grader.grading.submission import Grader
from grader.model import SOLUTION_SUFFIX, Job

SHARED_BY = "assignment"
ANSWERS = Path(__file__).with_name("answers")
SECRET = b"a course of last year"


def answers_of(assignment: str) -> list[dict[str, Any]]:
    found = tomllib.loads((ANSWERS / f"{assignment}.toml").read_text("utf-8"))
    return list(found["answer"])


def with_answer(released: str, answer: dict[str, Any]) -> bytes:
    """Return the bytes of the released notebook with one task answered."""
    notebook = nbformat.reads(released, 4)
    for place, cell in enumerate(notebook.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name.endswith(f"-{answer['function']}{SOLUTION_SUFFIX}"):
            *own, code = answer["code"].split("# %%\n")
            if not any(word in cell.source for word in ("def ", "class ")):
                code = cell.source.split("# YOUR CODE HERE")[0] + code
            cell.source = code
            notebook.cells[place:place] = map(nbformat.v4.new_code_cell, own)
            return nbformat.writes(notebook).encode()
    raise KeyError(answer["function"])


@pytest.mark.slow
@pytest.mark.kernel
@pytest.mark.timeout(900)
@pytest.mark.rests_on(
    *("solutions/{assignment}", "tests/solutions/answers/{assignment}.toml"),
    *("utils", "tests/conftest.py"),
)
@pytest.mark.usefixtures("can_confine")
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_points_and_sentences(
    assignment: str, new_course: Callable[..., Course], tmp_path: Path
) -> None:
    course = new_course(tmp_path, assignment)
    grader = Grader(load_assignment(course, assignment), SECRET)
    released = course.released(assignment).read_text("utf-8")
    wrong = []
    try:
        for answer in answers_of(assignment):
            path = course.submission(answer["name"], assignment)
            path.mkdir(parents=True)
            (path / f"{assignment}.ipynb").write_bytes(with_answer(released, answer))
            submission = read_submission(course, answer["name"], grader.assignment)
            result = grader.grade_one(Job(submission=submission)).result
            assert result.status == "graded", result.problem
            (score,) = (s for s in result.scores if s.function == answer["function"])
            said = [finding.code for finding in score.findings]
            if (score.score, said) != (
                pytest.approx(answer["earns"], abs=0.006),
                answer["says"],
            ):
                wrong.append((answer["name"], score.score, said))
    finally:
        grader.boxes.close()
    assert wrong == []


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_each_answer_has_a_name_of_its_own(assignment: str) -> None:
    names = [answer["name"] for answer in answers_of(assignment)]
    assert len(names) == len(set(names))
