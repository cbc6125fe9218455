"""The simulated class: who hands in what."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.course import Course
from grader.demo.a07_backpropagation import MISTAKES, STYLES
from grader.notebooks import grade_id, read_source

ASSIGNMENT = "a07_backpropagation"
RUNAWAY = ("crash", "endless-cell", "endless-function", "print-flood")
"""Students whose code is stopped."""
FIRST_NAMES = (
    *("ada", "bela", "chloe", "deniz", "emil", "fatima", "goran", "hana", "igor"),
    *("jun", "kofi", "lea", "mei", "noor", "omar", "pia", "quang", "rosa", "sami"),
)


@dataclass
class Person:
    """A simulated student."""

    name: str
    answers: dict[str, str] = field(default_factory=dict)
    """Exercise id -> source of the solution cell; blank where missing."""
    damage: Callable[[NotebookNode], object] | None = None
    """Done to the notebook before it is handed in."""
    raw: bytes | None = None
    """Handed in instead of a notebook."""
    file_name: str = f"{ASSIGNMENT}.ipynb"
    expected: dict[str, str] = field(default_factory=dict)
    """Exercise id -> code of the mistake that was built in."""


def solutions(course: Course) -> dict[str, str]:
    """Return the instructor's answers by task id, the derivation (D08.1) included."""
    found = {}
    for cell in read_source(course.source(ASSIGNMENT)).cells:
        if is_answer(cell):
            own = [line for line in cell.source.split("\n") if "### " not in line]
            found[task_id(cell)] = "\n".join(own)
    return found


def is_answer(cell: NotebookNode) -> bool:
    """Whether a cell is there for the student to fill in."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def task_id(cell: NotebookNode) -> str:
    """Return ``G08.2`` for a cell with the grade id ``G08-2-hidden_delta-solution``."""
    letters, number, _ = grade_id(cell).split("-", 2)
    return f"{letters}.{number}"


def mistaken(solution: str, edits: tuple[tuple[str, str], ...]) -> str:
    """Return a solution with a mistake in it."""
    for old, new in edits:
        if old not in solution:
            raise ValueError(f"the solution does not contain {old!r}")
        solution = solution.replace(old, new)
    return solution


def people(course: Course) -> list[Person]:
    """Return the class of 40."""
    right = solutions(course)
    names = iter(FIRST_NAMES)
    group = [Person(next(names), {**right, **style}) for style in STYLES.values()]
    group.append(Person("王小明", dict(right), file_name="作业 反向传播.ipynb"))
    group.append(Person("O'Brien", dict(right)))
    group.append(Person("blank"))
    group += _mistaken_people(right, names)
    group += _careless_people(right)
    group += _clumsy_people(right)
    group += _hostile_people(right)
    return group


def _mistaken_people(right: dict[str, str], names: Iterator[str]) -> Iterator[Person]:
    """Give the i-th student the i-th mistake of every exercise, until none is left."""
    for number in count():
        person = Person("", dict(right))
        for exercise, edits in MISTAKES.items():
            codes = list(edits)
            if number < len(codes):
                code = codes[number]
                person.answers[exercise] = mistaken(right[exercise], edits[code])
                person.expected[exercise] = code
        if not person.expected:
            return
        person.name = next(names)
        yield person


def _careless_people(right: dict[str, str]) -> Iterator[Person]:
    """Give single students faults that no table of mistakes has to know."""
    slips = {
        "forgets-return": ("G08.1", "MX.8", "return (z - t)", "(z - t)"),
        "in-place": ("G08.6", "MX.7", "w = w - eta *", "w -= eta *"),
        "float32": ("G08.5", "MX.6", "Delta1.T @ X", "(Delta1.T @ X).astype('f4')"),
        "hard-coded": (
            "G08.6",
            "MX.9",
            "    for x",
            "    return np.array([0.25, -0.25])\n    for x",
        ),
        "renamed": ("G08.3", "missing", "def weight_grad", "def weight_gradient"),
    }
    for name, (exercise, code, old, new) in slips.items():
        answer = mistaken(right[exercise], ((old, new),))
        yield Person(name, {**right, exercise: answer}, expected={exercise: code})
    flood = right["G08.2"] + "\nwhile True:\n    print('delta', 'x' * 1000)"
    yield Person("print-flood", {**right, "G08.2": flood})


def _clumsy_people(right: dict[str, str]) -> list[Person]:
    """Return honest students with damaged notebooks and runaway cells."""
    loop = right["G08.6"].replace("for x, target in zip(X, t):", "while True:")
    loop = loop.replace("(w @ x - target) * x", "0")
    return [
        Person("crash", {**right, "G08.3": "import os\nos._exit(1)"}),
        Person("endless-cell", {**right, "G08.3": "while True:\n    pass"}),
        Person("endless-function", {**right, "G08.6": loop}),
        Person(
            "syntax-error", {**right, "G08.2": "def hidden_delta(W_next, delta_next z)"}
        ),
        Person("duplicated-cell", dict(right), _duplicate_cell),
        Person("deleted-cells", dict(right), _delete_cells),
        Person("edited-test", dict(right), _edit_test),
        Person("retyped-cell", dict(right), _retype_cell),
        Person("changed-points", dict(right), _change_points),
        Person("moved-cells", dict(right), lambda nb: nb.cells.reverse()),
        Person("nothing-but-text", raw=b"I did it on paper, sorry"),
        Person("cut-off", raw=b'{"cells": [{"cell_type": "co'),
        Person("no-notebook", raw=b"name,score\n", file_name="results.csv"),
        Person("link", file_name="link"),
    ]


def _hostile_people(right: dict[str, str]) -> list[Person]:
    """Return students with wrong answers who try to be graded right all the same."""
    wrong = {
        exercise: mistaken(right[exercise], next(iter(edits.values())))
        for exercise, edits in MISTAKES.items()
    }

    def after(code: str) -> dict[str, str]:
        return {**wrong, "X08.1": f"{wrong['X08.1']}\n{code}"}

    patch = "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True"
    equal = (
        "class Equal(float):\n    __eq__ = __le__ = __ge__ = lambda self, other: True\n"
        "    __sub__ = __rsub__ = lambda self, other: 0.0\n    __hash__ = None\n"
        "import builtins\nbuiltins.float = Equal"
    )
    fake = (
        "import sys, types\nfake = types.ModuleType('grader')\n"
        "fake.grade = lambda *a: 100.0\nsys.modules['grader'] = fake"
    )
    return [
        Person("patches-numpy", after(patch)),
        Person("always-equal", after(equal)),
        Person("fakes-grader", after(fake)),
        Person("skips-tests", dict(wrong), _skip_tests),
        Person("prints-score", after("print('27.0')\n27.0")),
    ]


def hand_in(course: Course, person: Person) -> None:
    """Write what a person hands in, as nbgrader's collect would leave it."""
    folder = course.submission(person.name, ASSIGNMENT)
    folder.mkdir(parents=True)
    if person.file_name == "link":
        os.symlink(course.source(ASSIGNMENT), folder / f"{ASSIGNMENT}.ipynb")
        return
    data = person.raw
    if data is None:
        notebook = _filled(read_source(course.released(ASSIGNMENT)), person.answers)
        if person.damage:
            person.damage(notebook)
        data = json.dumps(notebook, ensure_ascii=False).encode()
    (folder / person.file_name).write_bytes(data)


def _filled(notebook: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    for cell in notebook.cells:
        if is_answer(cell):
            cell.source = answers.get(task_id(cell), cell.source).strip("\n")
    return notebook


def _find(notebook: NotebookNode, key: str) -> tuple[int, Any]:
    return next((i, c) for i, c in enumerate(notebook.cells) if grade_id(c) == key)


def _duplicate_cell(notebook: NotebookNode) -> None:
    at, cell = _find(notebook, "G08-2-hidden_delta-solution")
    notebook.cells.insert(at + 1, copy.deepcopy(cell))


def _delete_cells(notebook: NotebookNode) -> None:
    for key in ("G08-3-weight_grad", "given-helpers", "G08-1-output_delta-solution"):
        at, _ = _find(notebook, key)
        del notebook.cells[at]


def _edit_test(notebook: NotebookNode) -> None:
    _find(notebook, "G08-5-mlp_backward")[1].source = "print('all right')"


def _retype_cell(notebook: NotebookNode) -> None:
    at, cell = _find(notebook, "G08-4-xor_step-solution")
    retyped = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    notebook.cells[at] = retyped


def _change_points(notebook: NotebookNode) -> None:
    _find(notebook, "G08-6-sgd_epoch")[1].metadata.nbgrader["points"] = 1000


def _skip_tests(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
