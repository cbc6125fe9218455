"""nbgrader's own commands, its API and formgrader's buttons are the grader's roads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

import grader
from grader.commands.demo.people import Person, hand_in, solutions
from grader.course.folder import Course, open_course
from grader.course.gradebook import NO_KERNEL, CourseGradebook

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("can_confine")]

ROOT = Path(__file__).parents[2]
NAME = "a07_backpropagation"
BIN = Path(sys.executable).parent
FORGED = """
import pathlib, sys, types
pathlib.Path({trace!r}).write_text("code of a submission ran with the grader's rights")
fake = types.ModuleType("grader")
fake.grade = lambda *_: 99.0
sys.modules["grader"] = fake
"""


@pytest.fixture
def own(new_course: Callable[..., Course], tmp_path: Path) -> Course:
    """A course in which one student is right, one forges, and one left everything blank."""
    root = tmp_path / "course"
    root.mkdir()
    made = new_course(root)
    right = solutions(made)
    hand_in(made, Person("ada", right))
    hand_in(made, Person("blank"))
    forged = FORGED.format(trace=str(trace(made)))
    hand_in(made, Person("mallory", {"G08.1": forged + right["G08.1"]}))
    return made


def trace(course: Course) -> Path:
    """Return the file that appears if code of a submission runs outside the box."""
    return course.root.parent / "trace.txt"


def nbgrader(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run nbgrader's command in a folder."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [str(BIN / "nbgrader"), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def command(course: Course, *arguments: str) -> None:
    """Run the grader's own command."""
    run = [sys.executable, "-m", "grader.cli", *arguments, "--course", str(course.root)]
    subprocess.run(run, capture_output=True, check=True)


def recorded(course: Course) -> dict[str, dict[str, float | None]]:
    """Return every student's automatic scores by cell."""
    with CourseGradebook(course) as gradebook:
        return gradebook.auto_scores(NAME)


def written(course: Course) -> dict[str, bytes]:
    """Return what lies in autograded/ and feedback/."""
    folders = (course.root / "autograded", course.root / "feedback")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(course.root)): path.read_bytes() for path in files}


def commands_result(own: Course) -> Course:
    """Return a copy of the course, graded by the command."""
    root = own.root.parent / "by command"
    shutil.copytree(own.root, root)
    course = open_course(root)
    command(course, "autograde", NAME)
    command(course, "feedback", NAME)
    return course


@pytest.mark.slow
def test_commands_and_api_of_nbgrader_give_what_the_grader_gives(own: Course) -> None:
    expected = commands_result(own)
    done = nbgrader(own.root, "autograde", NAME)
    assert done.returncode == 0, done.stderr
    assert nbgrader(own.root, "generate_feedback", NAME).returncode == 0
    assert recorded(own) == recorded(expected)
    assert written(own) == written(expected)
    assert not trace(own).exists()

    api = NbGraderAPI(
        CourseDirectory(config=own.config, root=str(own.root)), config=own.config
    )
    shutil.rmtree(own.root / "autograded")
    for student in ("ada", "mallory"):
        answer = api.autograde(NAME, student)
        assert answer["success"], answer
        assert api.generate_feedback(NAME, student)["success"]
    assert recorded(own) == recorded(expected)
    assert {k: v for k, v in written(expected).items() if "blank" not in k} == {
        k: v for k, v in written(own).items() if "blank" not in k
    }


def test_one_student_a_pattern_and_those_left_out(own: Course) -> None:
    assert nbgrader(own.root, "autograde", NAME, "--student", "a*").returncode == 0
    assert list(recorded(own)) == ["ada"]
    options = ("--CourseDirectory.student_id_exclude=mallory,ada",)
    assert nbgrader(own.root, "autograde", NAME, *options).returncode == 0
    assert sorted(recorded(own)) == ["ada", "blank"]


def test_nobody_is_created_where_nbgrader_must_not(own: Course) -> None:
    done = nbgrader(own.root, "autograde", NAME, "--Autograde.create_student=False")
    assert done.returncode == 1
    assert "not on the class list, so nobody was graded: ada, blank, mallory" in done.stderr
    assert recorded(own) == {}


@pytest.mark.parametrize("damage", ["renamed", "garbage", "gone"])
def test_a_failing_button_leaves_scores_and_notebooks(own: Course, damage: str) -> None:
    command(own, "autograde", NAME)
    scores, files = recorded(own), written(own)
    handed_in = own.submission("ada", NAME) / f"{NAME}.ipynb"
    if damage == "renamed":
        handed_in.rename(handed_in.with_name("my answers.ipynb"))
    elif damage == "garbage":
        own.source(NAME).write_text("no notebook")
    else:
        handed_in.unlink()
    done = nbgrader(own.root, "autograde", NAME, "--student", "ada", "--force")
    if damage == "renamed":
        assert done.returncode == 0, done.stderr
        assert recorded(own) == scores
        return
    assert done.returncode == 1
    assert recorded(own) == scores
    assert written(own) == files


def test_other_folders_than_the_courses_own_are_refused(own: Course) -> None:
    option = "--CourseDirectory.submitted_directory=elsewhere"
    shutil.copytree(own.root / "submitted", own.root / "elsewhere")
    done = nbgrader(own.root, "autograde", NAME, option)
    assert done.returncode == 1
    assert "set it in the course's nbgrader_config.py" in done.stderr
    assert recorded(own) == {}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of SQLAlchemy, on nbgrader's own models
@pytest.mark.parametrize("released_by", ["grader", "nbgrader"])
def test_without_the_registration_nothing_runs_and_nothing_is_recorded(
    own: Course, released_by: str
) -> None:
    """As in a JupyterLab that was started from another folder."""
    if released_by == "nbgrader":
        (own.root / "gradebook.db").unlink()
        assert nbgrader(own.root, "generate_assignment", NAME, "--force").returncode == 0
    api = NbGraderAPI(CourseDirectory(root=str(own.root)))
    for student in ("ada", "mallory"):
        answer = api.autograde(NAME, student)
        assert not answer["success"]
        assert NO_KERNEL["name"] in answer["error"] + answer["log"]
    assert not trace(own).exists()
    scores = [score for cells in recorded(own).values() for score in cells.values()]
    assert set(scores) <= {None}


def test_from_another_folder_beside_a_faked_grader_nothing_is_recorded(
    own: Course, tmp_path: Path
) -> None:
    """nbgrader imports from the current folder first."""
    fake = tmp_path / "elsewhere" / "grader" / "__init__.py"
    fake.parent.mkdir(parents=True)
    fake.write_text("grade = lambda *_: 99.0")
    done = nbgrader(
        fake.parents[1], "autograde", NAME, f"--CourseDirectory.root={own.root}"
    )
    assert done.returncode == 1
    assert not trace(own).exists()
    scores = [score for cells in recorded(own).values() for score in cells.values()]
    assert set(scores) <= {None}


@pytest.mark.slow
def test_from_another_folder_the_course_is_graded_as_ever(
    own: Course, tmp_path: Path
) -> None:
    """A grader of the submission's own is nowhere on the way."""
    expected = recorded(commands_result(own))
    fake = own.submission("mallory", NAME) / "grader" / "__init__.py"
    fake.parent.mkdir()
    fake.write_text(f"open({str(trace(own))!r}, 'w')\ngrade = lambda *_: 99.0\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = nbgrader(elsewhere, "autograde", NAME, f"--CourseDirectory.root={own.root}")
    assert done.returncode == 0, done.stderr
    assert recorded(own) == expected
    assert not trace(own).exists()


def test_feedback_is_released_although_somebody_has_no_secret(
    own: Course, tmp_path: Path
) -> None:
    texts = {"timestamp.txt": "2026-11-20 12:00:00 UTC", "submission_secret.txt": "ab12"}
    for name, text in texts.items():
        (own.submission("blank", NAME) / name).write_text(text)
    command(own, "autograde", NAME)
    command(own, "feedback", NAME)
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    done = nbgrader(own.root, "release_feedback", NAME, f"--Exchange.root={exchange}")
    assert done.returncode == 0, done.stderr
    assert "did not hand in through the exchange: ada, mallory" in done.stderr
    (page,) = exchange.rglob("*.html")
    assert page.read_bytes() == own.feedback("blank", NAME).read_bytes()


@pytest.mark.parametrize(
    ("exporter", "form"),
    [("", "csv"), ("CanvasExport", "canvas"), ("MoodleExport", "moodle")],
)
def test_nbgraders_export_writes_the_graders_table(
    own: Course, exporter: str, form: str
) -> None:
    command(own, "autograde", NAME)
    command(own, "export", "--format", form, "--to", str(own.root / "expected.csv"))
    options = [f"--exporter=grader.nbgrader.{exporter}"] if exporter else []
    done = nbgrader(own.root, "export", f"--to={own.root / 'found.csv'}", *options)
    assert done.returncode == 0, done.stderr
    found = (own.root / "found.csv").read_bytes()
    assert found == (own.root / "expected.csv").read_bytes()
    assert b"mallory" in found


def test_nbgraders_export_takes_students_and_assignments(own: Course) -> None:
    command(own, "autograde", NAME)
    chosen = ['--student=["ada"]', f'--assignment=["{NAME}"]']
    done = nbgrader(own.root, "export", f"--to={own.root / 'x.csv'}", *chosen)
    assert done.returncode == 0, done.stderr
    assert len((own.root / "x.csv").read_text().splitlines()) == 2


def test_grade_raises_in_every_kernel() -> None:
    with pytest.raises(RuntimeError, match=r"G08\.2 is graded by the command 'grader"):
        grader.grade("G08.2", lambda: None)


def test_solution_notebooks_hold_no_points(own: Course) -> None:
    """What a solution prints is what a student's right answer prints."""
    notebook = nbformat.read(own.source(NAME), 4)
    results = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "points" in json.dumps(output)
    ]
    assert results == []
