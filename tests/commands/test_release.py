"""The students' version: reproducible, complete, and without a trace of the solution."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import shutil
from pathlib import Path

import nbformat
import pytest
from course_exercises import exercises_of

from grader.authoring import init
from grader.commands.release import release
from grader.course.assignment import copy_assignment, load_assignment, load_both
from grader.course.blanks import KeepReferences, task_title
from grader.course.files import write_atomically
from grader.course.folder import Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.course.notebooks import grade_id, read_source, write_text
from grader.errors import SourceError
from utils.validate import MARK, REFERENCE

ROOT = Path(__file__).parents[2]
COURSE = open_course(ROOT)


@pytest.mark.parametrize("name", COURSE.assignments())
def test_releasing_again_gives_the_committed_file(name: str) -> None:
    _, public = load_both(COURSE, name)
    assert write_text(public) == COURSE.released(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COURSE.assignments())
def test_released_notebook_holds_no_solution_no_hidden_test_no_output(name: str) -> None:
    text = COURSE.released(name).read_text(encoding="utf-8")
    for trace in ("BEGIN SOLUTION", "BEGIN HIDDEN", "from grader", "grade(", "MARK SCHEME"):
        assert trace not in text, trace
    for cell in read_source(COURSE.released(name)).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", COURSE.assignments())
def test_no_line_of_a_solution_region_is_released(name: str) -> None:
    released = {grade_id(c): c.source for c in read_source(COURSE.released(name)).cells}
    for cell in read_source(COURSE.source(name)).cells:
        if "### BEGIN SOLUTION" not in cell.source:
            continue
        region = cell.source.split("### BEGIN SOLUTION")[1].split("### END")[0]
        shown = {line.strip() for line in released[grade_id(cell)].splitlines()}
        for line in filter(None, map(str.strip, region.splitlines())):
            assert line not in shown


@pytest.mark.parametrize("name", COURSE.assignments())
def test_blanks_raise_the_name_of_their_task(name: str) -> None:
    for cell in read_source(COURSE.released(name)).cells:
        data = cell.metadata.get("nbgrader", {})
        if data.get("solution") and not data.get("grade"):
            assert f'NotImplementedError("{task_title(grade_id(cell))}")' in cell.source


@pytest.mark.parametrize("name", COURSE.assignments())
def test_every_exercise_is_in_the_notebook(name: str) -> None:
    in_notebook = {e.id for e in load_assignment(COURSE, name).exercises}
    assert in_notebook == {e.id for e in exercises_of(name)}


@pytest.mark.parametrize("name", COURSE.assignments())
def test_solution_notebook_is_committed_executed_without_errors(name: str) -> None:
    code = [c for c in read_source(COURSE.source(name)).cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))
    assert not [o for c in code for o in c.outputs if o.output_type == "error"]


TWO_LINES = 'grade(\\"G08.2\\", hidden_delta)\\n", "grade(\\"G08.3\\", weight_grad)'


def edited_course(tmp_path: Path, old: str, new: str) -> Course:
    """Return a course whose a07 has a text replaced."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    course = open_course(tmp_path)
    name = "a07_backpropagation"
    copy_assignment(COURSE, name, course.source(name).parents[1])
    text = COURSE.source(name).read_text(encoding="utf-8")
    assert old in text
    write_atomically(course.source(name), text.replace(old, new))
    return course


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"points": 6', '"points": 7', "worth 7 points, G08.5 in"),
        ('grade(\\"G08.2\\", hidden_delta)', 'grade(\\"G08.9\\", hidden_delta)', "G08.9"),
        ('grade(\\"G08.2\\", hidden_delta)', 'grade(\\"G08.2\\", delta)', "'delta'"),
        ('grade(\\"G08.2\\", hidden_delta)', "pass", "no line"),
        ('grade(\\"G08.2\\", hidden_delta)', TWO_LINES, "2 lines"),
        ('"G08-1-output_delta-solution"', '"G08-2-hidden_delta-solution"', "2 cells"),
    ],
)
def test_contradiction_between_notebook_and_exercises_is_named(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    course = edited_course(tmp_path, old, new)
    with pytest.raises(SourceError, match=message):
        load_assignment(course, "a07_backpropagation")


def test_task_titles_come_from_grade_ids() -> None:
    assert task_title("G08-2-hidden_delta-solution") == "task G08.2: hidden_delta"
    assert task_title("free_text") == "task free_text"


def test_release_reaches_its_fixed_point(tmp_path: Path) -> None:
    course = edited_course(tmp_path, "Fifteen numbers", "Fifteen numbers")
    assert release(course, "a07_backpropagation")
    assert not release(course, "a07_backpropagation")
    with contextlib.redirect_stdout(io.StringIO()):
        nbformat.validate(read_source(course.released("a07_backpropagation")))


def test_data_beside_the_notebook_is_released_and_vanishes_with_it(tmp_path: Path) -> None:
    course = open_course(init(tmp_path / "course"))
    source, released = course.source("hw1").parent, course.released("hw1").parent
    (source / "data.csv").write_text("1\n")
    assert release(course, "hw1") == ["hw1.ipynb written", "data.csv written"]
    assert release(course, "hw1") == []
    (source / "data.csv").write_text("2\n")
    (source / "weights.npz").write_bytes(b"new")
    assert release(course, "hw1") == ["data.csv written", "weights.npz written"]
    assert (released / "data.csv").read_text() == "2\n"
    (source / "data.csv").unlink()
    (source / "weights.npz").rename(source / "w.npz")
    assert release(course, "hw1") == [
        *("w.npz written", "data.csv removed", "weights.npz removed")
    ]
    assert {path.name for path in released.iterdir()} == {"hw1.ipynb", "w.npz"}
    assert release(course, "hw1") == []


def test_what_no_release_wrote_stays_where_it_is(tmp_path: Path) -> None:
    course = open_course(init(tmp_path / "course"))
    release(course, "hw1")
    by_hand = [course.released("hw1").with_name(n) for n in ("notes.txt", "mine.ipynb")]
    for path in by_hand:
        path.write_text("by hand")
    assert release(course, "hw1") == []
    assert [path.read_text() for path in by_hand] == ["by hand", "by hand"]


def test_adding_a_task_after_submissions_keeps_old_scores(tmp_path: Path) -> None:
    name = "a07_backpropagation"
    course = edited_course(tmp_path, "Fifteen numbers", "Fifteen numbers")
    full = load_assignment(course, name)
    fewer = [c for c in full.cells if not c.key.startswith("G08-6")]
    before = dataclasses.replace(full, cells=tuple(fewer))
    with CourseGradebook(course) as gradebook:
        gradebook.register(before)
        gradebook.create_rows(name, "ann")
        grade = gradebook._book.find_grade("G08-1-output_delta", name, name, "ann")
        grade.auto_score = 1.5
        gradebook._book.db.commit()
        gradebook.register(full)
        find = gradebook._book.find_grade
        assert find("G08-1-output_delta", name, name, "ann").auto_score == 1.5
        assert find("G08-6-sgd_epoch", name, name, "ann").auto_score is None
        gradebook.register(before)
        names = {
            g.name
            for g in gradebook._book.find_submission_notebook(name, name, "ann").grades
        }
        assert "G08-6-sgd_epoch" not in names


def test_marked_cells_carry_what_students_are_compared_with() -> None:
    """The release writes under the very names that `utils.validate` reads."""
    assert (KeepReferences.MARK, KeepReferences.REFERENCE) == (MARK, REFERENCE)
    found = {}
    for path in sorted((ROOT / "assignments").glob("*/*.ipynb")):
        cells = [c for c in read_source(path).cells if MARK in c.metadata.get("tags", ())]
        for cell in cells:
            assert not cell.outputs, path.name
            (output,) = cell.metadata[REFERENCE]
            found[path.stem[:3]] = output["text"]
    assert set(found) >= {f"a{n:02}" for n in (3, 4, 6, 7, 8, 9, 10, 11, 12)}
    assert all("[" in text for text in found.values())
