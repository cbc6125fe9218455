"""`utils.validate`, `grader validate` and grading say the same cells fail, or none."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path

import nbformat
import pytest

from grader.commands.validate import CONFINED
from grader.course.assignment import load_assignment
from grader.course.folder import Course, open_course
from grader.course.notebooks import grade_id
from grader.grading.runner import execute
from grader.grading.sanitize import sanitize
from grader.grading.submission import Grader
from utils.validate import validate

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
NAME = "a07_backpropagation"
RIGHT = (
    "import asyncio\nawait asyncio.sleep(0)",
    "%time total = sum(range(10))",
    "total",
    "%%capture words\nprint('kept')",
    "words.stdout",
    "!echo from a shell",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "from IPython.display import display\nhandle = display(1, display_id=True)",
    "handle.update(2)",
    "import warnings\nwarnings.warn('mind the step')",
    "class Odd:\n    def __repr__(self):\n        raise ValueError('no words')",
    "import threading\nthreads = [threading.Thread(target=print)]\nthreads[0].start()",
    "try:\n    undefined_name\nexcept NameError:\n    pass",
)
WRONG = (
    "print(never_defined)",
    "input('your name? ')",
    "1 / 0",
    "if True print('no colon')",
    "import torch",
    "raise SystemExit",
    "assert 1 + 1 == 3, 'sums'",
    "%no_such_magic",
    "await never_defined_either",
    "from utils import check\ncheck.close('sum', 1.0, 2.0)",
    "open('/no/such/file')",
)


def handed_in(*added: str, blank: bool = False) -> bytes:
    """Return the solution or the blank as a student would hand it in, with more cells."""
    course = open_course(ROOT)
    path = course.released(NAME)
    notebook = nbformat.read(path, as_version=4)
    answers = {
        grade_id(cell): cell.source
        for cell in nbformat.read(course.source(NAME), as_version=4).cells
        if grade_id(cell)
    }
    for cell in notebook.cells:
        if not blank and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[grade_id(cell)]
    notebook.cells += [
        nbformat.v4.new_code_cell(source, id=f"own-{number}")
        for number, source in enumerate(added)
    ]
    return json.dumps(notebook).encode()


def failing_in_the_box(course: Course, notebook: bytes) -> set[int]:
    """Return the cells that fail while a submission runs, as JupyterLab numbers them."""
    grader = Grader(load_assignment(course, NAME), b"s", isolation="none")
    parsed = nbformat.reads(notebook.decode(), as_version=4)
    prepared = sanitize(grader.assignment, parsed)
    try:
        run = execute(prepared, {}, grader.assignment.limits, grader.boxes)
    finally:
        grader.boxes.close()
    code = [c.cell_type == "code" and bool(c.source.strip()) for c in prepared.cells]
    numbers = list(accumulate(code))
    return {numbers[index] for index, cell in run.runs.items() if not cell.ok}


@pytest.mark.parametrize(
    ("added", "blank", "failing"),
    [((), False, 0), (RIGHT, False, 0), (WRONG, False, len(WRONG)), ((), True, None)],
    ids=["solution", "right cells", "wrong cells", "blank"],
)
def test_the_three_agree(
    tmp_path: Path,
    added: tuple[str, ...],
    blank: bool,
    failing: int | None,
    can_confine: None,
) -> None:
    notebook = handed_in(*added, blank=blank)
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(notebook)
    in_the_box = failing_in_the_box(open_course(ROOT), notebook)
    for_students = {problem.cell for problem in validate(path)}
    for_instructors = {problem.cell for problem in validate(path, CONFINED, alone=True)}
    assert in_the_box == for_students == for_instructors
    assert failing is None or len(in_the_box) == failing
    assert blank or len(in_the_box) == len(added) * bool(failing)
