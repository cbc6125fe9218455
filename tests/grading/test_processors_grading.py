"""Verdicts do not depend on how a student's machine rounds.

References are computed in this process, as it is. Students' kernels compute with narrow
instruction sets, or with another BLAS and the last bit of PyTorch's results disturbed
(`nudge.py`, which stands for all machines not at hand). Verdicts must be those of judging
the same functions here: of every solution, of every accepted form and of the class of
thirty, which makes every known mistake. By default a share of the class is graded;
``GRADER_WHOLE_CLASS=1`` takes all of it.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from course_exercises import ASSIGNMENTS, exercises_of
from test_whole_course import (
    BLANK,
    RIGHT,
    Student,
    class_of,
    codes,
    hand_in,
    key_of,
    predicted,
)

from grader.course.assignment import load_assignment
from grader.course.folder import Course, exercise_seed
from grader.course.submission import read_submission
from grader.grading.submission import Grader
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.kernel import parents
from grader.model import ADDED_PREFIX, Exercise, Job, Result, Score

SHARED_BY = "name"
NUDGE = (Path(__file__).parents[1] / "notebooks" / "nudge.py").read_text("utf-8")
WIDE = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
SHARE = 30 if os.environ.get("GRADER_WHOLE_CLASS") else 2
"""How many of a class: those who make most mistakes, then the others."""
NARROW = """
import os, sys
import numpy as np
features = np._core._multiarray_umath.__cpu_features__
assert not any(features[name] for name in {wide}), "NumPy computes with wide instructions"
os.environ["ATEN_CPU_CAPABILITY"] = "default"  # read at the first computation
if "torch" in sys.modules:
    found = sys.modules["torch"].backends.cpu.get_cpu_capability()
    assert found in ("DEFAULT", "NO AVX"), found
"""
"""Fails where the environment of the kernel is not the one that is meant."""
OTHER_BLAS = """
import ctypes
import numpy as np
library = ctypes.CDLL(np._core._multiarray_umath.__file__)
core = getattr(library, "scipy_openblas_get_corename64_", None)
if core:
    core.restype = ctypes.c_char_p
    assert core() == b"{core}", core()
"""
DISTURBED = """
import os
os.environ["NUDGE_SEED"] = "1"
exec({nudge}, {{}})  # leaves no names behind
import torch
assert torch.tensor([0.1, 0.2, 0.3, 0.4]).tanh().tolist() != {untouched}
"""
CORE = "Nehalem" if platform.machine() in ("x86_64", "AMD64") else "ARMV8"
"""A processor with other kernels in OpenBLAS than today's."""
SETTINGS = {
    "narrow": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "NPY_DISABLE_CPU_FEATURES": " ".join(WIDE),
    },
    "last bit": {"OPENBLAS_CORETYPE": CORE},
}
"""The variables of students' kernels."""


def first_cell(setting: str, *, has_torch: bool) -> str:
    """Return what a notebook begins with, so that it cannot miss its setting."""
    if setting == "narrow":
        return NARROW.format(wide=list(WIDE))
    blas = OTHER_BLAS.format(core=CORE)
    if not has_torch:
        return blas
    untouched = torch.tensor([0.1, 0.2, 0.3, 0.4]).tanh().tolist()
    return blas + DISTURBED.format(nudge=repr(NUDGE), untouched=untouched)


@pytest.fixture
def kernels_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Give only the students' kernels another environment."""

    native = dict(parents._ONE_THREAD)

    def start(setting: str) -> None:
        monkeypatch.setattr(parents, "_ONE_THREAD", native | SETTINGS[setting])
        parents.PARENTS.close()  # new ones start with these variables

    yield start
    parents.PARENTS.close()


def submission_of(course: Course, name: str, student: str) -> Path:
    return course.submission(student, name) / f"{name}.ipynb"


def hand_in_solution(course: Course, name: str) -> None:
    """Write the released notebook with the cells of the solution."""
    source = nbformat.read(course.source(name), 4)
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = nbformat.read(course.released(name), 4)
    for cell in notebook.cells:
        key = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(key, cell.source)
    path = submission_of(course, name, "solution")
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def hand_in_form(course: Course, name: str, exercise: Exercise, number: int) -> Student:
    """Write a notebook that is right, with another accepted form in one exercise."""
    table = exercises_of(name)
    student = Student(f"{exercise.id}-form-{number}", {e.id: RIGHT for e in table})
    hand_in(course, name, student)
    path = submission_of(course, name, student.name)
    start = f"{exercise.function} = EXERCISE."
    old, new = f"{start}reference", f"{start}accepted[{number}].function"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    return student


def form_verdict(course: Course, exercise: Exercise, number: int) -> Score:
    """Judge an accepted form in this process."""
    key = AnswerKey(exercise, exercise_seed(course.secret(), exercise.id))
    return judge(key, key.answer_of(exercise.accepted[number].function))


def told(exercise: Exercise, score: Score) -> tuple[float, set[str], dict[str, bool]]:
    """Return what depends on values: points, names, forms, and which parts are right."""
    forms = {form.code for form in exercise.accepted}
    remarks = {f.code for f in score.findings if f.remark} & forms
    return score.score, codes(score) | remarks, dict(score.parts)


def share(name: str) -> list[Student]:
    """Return those of the class who are graded, the most mistaken first."""
    mistakes = {s.name: sum(c >= 0 for c in s.choices.values()) for s in class_of(name)}
    return sorted(class_of(name), key=lambda s: -mistakes[s.name])[:SHARE]


def grade(course: Course, name: str, students: list[str], setting: str) -> list[Result]:
    """Grade in this process, with kernels of the setting."""
    grader = Grader(load_assignment(course, name), course.secret())
    has_torch = grader.assignment.profile == "torch"
    begin = nbformat.v4.new_code_cell(first_cell(setting, has_torch=has_torch))
    results = []
    try:
        for student in students:
            handed_in = read_submission(course, student, grader.assignment)
            assert handed_in.notebook is not None
            notebook = nbformat.reads(handed_in.notebook.decode(), 4)
            notebook.cells.insert(1, begin)
            there = replace(handed_in, notebook=nbformat.writes(notebook).encode())
            results.append(grader.grade_one(Job(submission=there, stored=b"")).result)
    finally:
        grader.boxes.close()
    return results


def expectations(
    course: Course, name: str, students: list[Student]
) -> dict[str, Mapping[str, Score]]:
    """Judge every student's functions here, each choice once."""

    @cache
    def here(exercise: str, choice: int) -> Score:
        return predicted(key_of(name, exercise, course.secret()), choice)

    return {s.name: {e: here(e, c) for e, c in s.choices.items()} for s in students}


def expected_of(course: Course, name: str) -> dict[str, Mapping[str, Score]]:
    """Hand in what is to be graded; return the verdicts of this process by student."""
    table = exercises_of(name)
    students = [*share(name), Student("solution", {e.id: RIGHT for e in table})]
    for student in students[:-1]:
        hand_in(course, name, student)
    hand_in_solution(course, name)
    forms = [(e, number) for e in table for number in range(len(e.accepted))]
    written = [hand_in_form(course, name, e, number) for e, number in forms]
    expected = expectations(course, name, [*students, *written])
    for student, (exercise, number) in zip(written, forms, strict=True):
        form = form_verdict(course, exercise, number)
        expected[student.name] = {**expected[student.name], exercise.id: form}
    return expected


def errors(result: Result) -> list[str]:
    """Return how cells ended that were added to the released notebook."""
    return [
        f"{output.ename}: {output.evalue}"
        for cell in nbformat.reads(result.notebook, 4).cells
        if cell.id.startswith(ADDED_PREFIX)
        for output in cell.outputs
        if output.output_type == "error"
    ]


@pytest.mark.slow
@pytest.mark.kernel
@pytest.mark.timeout(1800)
@pytest.mark.rests_on(
    "solutions/{name}", "utils", "tests/conftest.py", "tests/notebooks/nudge.py"
)
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_verdicts_are_those_of_another_processor(
    name: str,
    new_course: Callable[..., Course],
    kernels_with: Callable[[str], None],
    tmp_path: Path,
    can_confine: None,
) -> None:
    course = new_course(tmp_path, name)
    expected = expected_of(course, name)
    by_id = {e.id: e for e in exercises_of(name)}
    wrong = []
    for setting in SETTINGS:
        kernels_with(setting)
        for result in grade(course, name, list(expected), setting):
            assert result.status == "graded", result.problem
            assert errors(result) == [], setting
            for score in result.scores:
                exercise = by_id[score.id]
                here = told(exercise, expected[result.student][score.id])
                there = told(exercise, score)
                if there != here:
                    wrong.append((setting, result.student, score.id, there, here))
            if result.student == "solution":
                assert result.score == result.max_score, setting
    assert wrong == []


def test_every_class_has_mistakes_among_the_share() -> None:
    for name in ASSIGNMENTS:
        chosen = [c for s in share(name) for c in s.choices.values()]
        assert any(choice not in (RIGHT, BLANK) for choice in chosen), name
