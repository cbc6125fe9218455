"""A given name that somebody takes for something else costs no points."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from grader.course.assignment import load_assignment
from grader.course.folder import open_course
from grader.course.notebooks import parse_submission
from grader.grading.given import given_cells, taken_names
from grader.grading.sanitize import sanitize
from grader.grading.submission import Grader
from grader.model import Job, Submission

ROOT = Path(__file__).resolve().parents[2]
NAME = "a06_matrix_calculus"


@pytest.fixture(scope="module")
def assignment():
    return load_assignment(open_course(ROOT), NAME)


def handed_in(*cells, replaced=None):
    """Return the solution as a student would hand it in, with cells before part 1."""
    path = ROOT / "solutions" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = (replaced or {}).get(cell.id, cell.source)
    place = next(i for i, c in enumerate(notebook.cells) if c.id == "given-helpers") + 1
    added = [nbformat.v4.new_code_cell(source) for source in cells]
    notebook.cells[place:place] = added
    return json.dumps(notebook).encode()


def prepared_of(assignment, notebook):
    return sanitize(assignment, parse_submission(notebook))


TAKING = {
    "lambda": "f = lambda x: x ** 3",
    "function": "def f(x):\n    return x ** 3",
    "class": "class f: pass",
    "loop": "for f in range(3): pass",
    "unpacked": "a, (f, b) = 1, (2, 3)",
    "import": "import math as f",
    "from": "from math import exp as f",
    "with": "with open('x', 'w') as f: pass",
    "augmented": "f += 1",
    "into it": "f.__doc__ = ''",
    "an entry": "f[0] = 1",
    "deleted": "del f",
    "walrus": "(f := 5)",
    "in a branch": "if True:\n    f = 1",
    "under a magic": "%%time\nf = 1",
}
LEAVING = {
    "its call": "f(1.0)",
    "another name": "F = f",
    "inside a function": "def g(x):\n    f = x\n    return f",
    "an argument": "g = lambda f: f",
    "a comprehension": "[f for f in range(3)]",
    "a keyword": "dict(f=1)",
    "an attribute": "x = np.float64(1).real",
    "no Python": "f = = 1",
    "text": "'f = 1'",
}


@pytest.mark.parametrize("source", TAKING.values(), ids=TAKING.keys())
def test_what_takes_a_given_name_is_seen(assignment, source):
    assert "f" in taken_names(assignment, prepared_of(assignment, handed_in(source)))


@pytest.mark.parametrize("source", LEAVING.values(), ids=LEAVING.keys())
def test_what_only_uses_it_is_not(assignment, source):
    assert taken_names(assignment, prepared_of(assignment, handed_in(source))) == ()


def test_the_solution_takes_none(assignment):
    prepared = prepared_of(assignment, handed_in())
    assert taken_names(assignment, prepared) == ()
    assert "given-helpers" in {cell.key for cell in given_cells(assignment, prepared)}


@pytest.fixture(scope="module")
def grade(assignment, can_confine):
    grader = Grader(assignment, b"a secret of sixteen", isolation="namespaces")

    def one(notebook, stored=b""):
        submission = Submission(student="s", assignment=NAME, notebook=notebook)
        return grader.grade_one(Job(submission=submission, stored=stored))

    yield one
    grader.boxes.close()


def points(graded):
    return sum(score.score for score in graded.result.scores)


@pytest.mark.kernel
def test_an_answer_that_needs_a_taken_name_is_tried_with_the_given_one(grade):
    notebook = handed_in("f = lambda x: x ** 3")
    graded = grade(notebook)
    assert points(graded) == sum(score.max_score for score in graded.result.scores)
    (said,) = [line for line in graded.result.repairs if "another meaning" in line]
    assert "'f'" in said
    assert "G07.5" in said
    again = grade(notebook, stored=graded.execution)
    assert not again.result.executed
    assert replace(again.result, seconds=0, executed=True) == replace(
        graded.result, seconds=0
    )


@pytest.mark.kernel
def test_a_wrong_answer_beside_a_taken_name_stays_wrong(grade):
    wrong = {"g07-5-ds-du-solution": "def ds_du(u, W, x, b):\n    return W @ x + b"}
    graded = grade(handed_in("f = lambda x: x ** 3", replaced=wrong))
    lost = [score.id for score in graded.result.scores if score.score < score.max_score]
    assert lost == ["G07.5"]


@pytest.mark.kernel
def test_whoever_takes_no_name_hears_nothing(grade):
    graded = grade(handed_in("g = f"))
    assert points(graded) == sum(score.max_score for score in graded.result.scores)
    assert not any("another meaning" in line for line in graded.result.repairs)
