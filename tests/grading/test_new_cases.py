"""Every hand-in is asked new cases; what was learned from an earlier one earns nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest

from grader.course.assignment import load_assignment
from grader.course.folder import open_course
from grader.grading.submission import FRESH_SETS, Grader
from grader.judge.key import AnswerKey
from grader.model import Job, Result, Returned, Score, Submission

ROOT = Path(__file__).resolve().parents[2]
NAME = "a07_backpropagation"
TASK = "G08-2-hidden_delta"
SECRET = b"a course"
FROM_A_TABLE = """
import numpy as np
_known = {table!r}

def hidden_delta(*args, **kwargs):
    parts = [*args, *kwargs.values()]
    key = "".join(np.asarray(part).tobytes().hex() for part in parts)
    return np.array(_known.get(key, 0.0))
"""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    made = Grader(load_assignment(open_course(ROOT), NAME), SECRET, isolation="none")
    yield made
    made.boxes.close()


def handed_in(answer: str = "", *, remark: str = "") -> bytes:
    """Return the solution with another answer to one task."""
    notebook = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if answer and grade_id == f"{TASK}-solution":
            cell.source = answer
    notebook.cells.append(nbformat.v4.new_markdown_cell(remark, id="remark"))
    return json.dumps(notebook).encode()


def graded(grader: Grader, notebook: bytes, stored: bytes = b"") -> tuple[Result, bytes]:
    submission = Submission(student="ada", assignment=NAME, notebook=notebook)
    done = grader.grade_one(Job(submission=submission, stored=stored))
    return done.result, done.execution


def of_task(result: Result) -> Score:
    return next(score for score in result.scores if score.id == "G08.2")


def table_of(key: AnswerKey) -> dict[str, list[float]]:
    """Return what an earlier attempt could have learned: the cases everybody is asked."""
    table = {}
    for case, outcome in zip(key.cases, key.expected, strict=True):
        assert isinstance(outcome, Returned)
        name = "".join(np.asarray(part).tobytes().hex() for part in case.args)
        table[name] = outcome.value.tolist()
    return table


def test_the_solution_has_full_marks_under_many_sets(grader: Grader) -> None:
    for number in range(8):
        result, _ = graded(grader, handed_in(remark=f"attempt {number}"))
        assert result.score == result.max_score, result.scores


def test_a_table_of_the_known_cases_earns_nothing(grader: Grader) -> None:
    answer = FROM_A_TABLE.format(table=table_of(grader.keys[TASK]))
    result, kept = graded(grader, handed_in(answer))
    assert of_task(result).score == 0
    assert [f.code for f in of_task(result).findings] == ["MX.14"]
    assert {s.id for s in result.scores if s.score < s.max_score} == {"G08.2"}
    again, _ = graded(grader, handed_in(answer), kept)
    assert not again.executed
    assert again.scores == result.scores


def test_a_hand_in_decides_which_new_cases_it_gets(grader: Grader) -> None:
    notebooks = [handed_in(remark=str(number)) for number in range(100)]
    asked = [grader.questions(notebook)[TASK].request for notebook in notebooks]
    assert 20 < len(set(asked)) <= FRESH_SETS
    assert grader.questions(notebooks[0])[TASK].request == asked[0]
    elsewhere = Grader(grader.assignment, b"another course")
    assert elsewhere.questions(notebooks[0])[TASK].request not in asked


def test_kept_answers_belong_to_the_sets_there_were(
    grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Grader(grader.assignment, SECRET).execution_key
    monkeypatch.setattr("grader.grading.submission.FRESH_SETS", FRESH_SETS + 1)
    assert Grader(grader.assignment, SECRET).execution_key != before
