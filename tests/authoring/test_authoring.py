"""A course and a task to begin with; what an author gets wrong is said before grading."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from grader.authoring import init, new_exercise
from grader.cli import EXIT_OK, EXIT_USAGE, main
from grader.course.assignment import load_assignment, load_exercises
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.notebooks import read_source
from grader.errors import CourseError, UnknownAssignment, UsageError
from grader.report.class_report import table_entries
from grader.report.summary import UnnamedMistake
from grader.vetting.check import check

EVERYTHING = ("check", "release", "autograde", "feedback", "report", "export", "publish")
"""Commands that are about all assignments if none is named."""


@pytest.fixture
def small(tmp_path: Path) -> Course:
    return open_course(init(tmp_path / "course"))


def content(course: Course) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}


# --- init, new-exercise ----------------------------------------------------------------


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        init(tmp_path)
    with pytest.raises(UsageError, match="is not empty"):
        init(tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_readme_names_commands_that_exist(
    small: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (small.root / "README.md").read_text("utf-8")
    named = set(re.findall(r"^grader (\S+)", text, re.M))
    assert named >= {"validate", *EVERYTHING}
    with pytest.raises(SystemExit):
        main(["--help"])
    known = capsys.readouterr().out.split()
    assert named <= set(known)


NO_ID = "is no id of an exercise: expected .* as in G08.2"
NO_NAME = "is no name of a function in Python: .* as in hidden_delta"
NOT_ASCII = "stands in the grade id 'G01-2-.*', where nbgrader allows only A-Z"
TOO_LONG = "too long for the ids of its cells, which have at most 64: shorten"


@pytest.mark.parametrize(
    ("exercise", "function", "points", "said"),
    [
        ("G1", "f", 2.0, NO_ID),
        ("../x", "f", 2.0, NO_ID),
        ("方差", "f", 2.0, NO_ID),
        ("café", "f", 2.0, NO_ID),
        ("G01.2 x", "f", 2.0, NO_ID),
        ("G01/2", "f", 2.0, NO_ID),
        ("G01.2\n", "f", 2.0, NO_ID),
        ("G０１.２", "f", 2.0, NO_ID),
        ("g01.2", "f", 2.0, NO_ID),
        ("", "f", 2.0, NO_ID),
        ("G01.2", "", 2.0, NO_NAME),
        ("G01.2", "two words", 2.0, NO_NAME),
        ("G01.2", "a/b", 2.0, NO_NAME),
        ("G01.2", "lambda", 2.0, NO_NAME),
        ("G01.2", "方差", 2.0, NOT_ASCII),
        ("G01.2", "café", 2.0, NOT_ASCII),
        ("G01.2", "f" * 50, 2.0, f"'G01-2-f+' is 1 characters {TOO_LONG}"),
        ("G01.2", "f" * 300, 2.0, TOO_LONG),
        ("G" + "0" * 70 + "1.2", "f", 2.0, TOO_LONG),
        ("G01.2", "f", 0.0, "--points is 0, expected a number above 0"),
        ("G01.2", "f", -1.0, "--points is -1, expected a number above 0"),
        ("G01.2", "f", float("nan"), "--points is nan, expected a number above 0"),
        ("G01.2", "f", float("inf"), "--points is inf, expected a number above 0"),
        ("G01.1", "f", 2.0, "number G01.1 already, 'G01-1-mean_squared_error': .* G01.3"),
        ("G1.1", "f", 2.0, "number G1.1 already, 'G01-1-mean_squared_error': .* G1.3"),
        ("G01.2", "f", 2.0, "number G01.2 already, 'G01-2-by_hand': take another one"),
        ("G01.3", "mean_squared_error", 2.0, "'G01-1-.*-solution' of 'hw1' defines 'mean_"),
        ("G01.3", "np", 2.0, "cell 'given-setup' of 'hw1' defines 'np' already"),
        ("G01.3", "helper", 2.0, "defines 'helper' already"),
        ("G01.3", "check", 2.0, "'check' is what test cells import under that name"),
        ("G01.9", "f", 2.0, "'hw1' has a cell 'g01-9-f-task' already: delete it"),
    ],
)
def test_a_new_exercise_that_cannot_be_is_refused_and_nothing_changes(
    small: Course, exercise: str, function: str, points: float, said: str
) -> None:
    notebook = read_source(small.source("hw1"))
    notebook.cells[1].source = "import numpy as np\nimport utils.check as c"
    notebook.cells[4].source = notebook.cells[4].source.replace("check.", "c.")
    by_hand = {"grade_id": "G01-2-by_hand", "grade": True, "solution": True, "points": 1}
    by_hand |= {"schema_version": 3, "locked": False, "task": False}
    notebook.cells += [
        nbformat.v4.new_markdown_cell("", metadata={"nbgrader": by_hand}),
        nbformat.v4.new_markdown_cell("of a task that was given up", id="g01-9-f-task"),
        nbformat.v4.new_code_cell("%matplotlib inline\nfor helper in range(3):\n    pass"),
    ]
    nbformat.write(notebook, small.source("hw1"))
    before = content(small)
    with pytest.raises(UsageError, match=said):
        new_exercise(small, "hw1", exercise, function, points)
    assert content(small) == before


@pytest.mark.parametrize(
    ("points", "worth"),
    [(2.0, "(2 points)"), (1.0, "(1 point)"), (2.123456789, "(2.123456789 points)")],
)
@pytest.mark.parametrize("function", ["Twice_as_much", "inputs", "witness", "f" * 48])
def test_a_new_exercise_is_graded_at_once(
    small: Course, function: str, points: float, worth: str
) -> None:
    new_exercise(small, "hw1", "AB12.3", function, points)
    loaded = load_assignment(small, "hw1")
    assert [(e.id, e.function, e.points) for e in loaded.exercises] == [
        ("G01.1", "mean_squared_error", 3),
        ("AB12.3", function, points),
    ]
    (witness,) = load_exercises(small, "hw1").files["AB12.3"].witnesses.values()
    witness()
    task = read_source(small.source("hw1")).cells[-3].source
    assert task.startswith(f"### Task AB12.3 · `{function}` {worth}\n")


def test_entries_for_new_mistakes_work_where_they_are_pasted(small: Course) -> None:
    """They are there and wait to be written; nothing else about the exercise changes."""
    new_exercise(small, "hw1", "AB12.3", "twice", 2.0)
    groups = [
        UnnamedMistake(
            behaviour=behaviour,
            exercise="AB12.3",
            function="twice",
            message="value differs.",
            students=("ann",),
        )
        for behaviour in "pq"
    ]
    cell = "def twice(x):\n    return 3 * x"
    text = table_entries(groups, {("AB12.3", b): cell for b in "pq"})
    path = small.source("hw1").parent / "exercises" / "ab12_3_twice.py"
    entries = text.partition('"""\n')[2]
    source = path.read_text("utf-8")
    path.write_text(source.replace("mistakes=(\n", f"mistakes=(\n{entries}"), "utf-8")
    findings = {f.rule: f for f in check(small, "hw1") if f.exercise == "AB12.3"}
    unwritten = findings["mistakes"].faults
    assert [text.partition(":")[0] for text in unwritten] == [
        "the sentence of M12.3? does not end"
    ] * 2
    assert not [rule for rule, f in findings.items() if f.faults and rule != "mistakes"]


# --- the configuration -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\nc = get_config(\n", r"line 2: SyntaxError: '\(' was never closed"),
        (b"\nif True:\nc = 1\n", "line 3: IndentationError: expected an indented block"),
        (b"\nc.X.y = three\n", "line 2: NameError: name 'three' is not defined"),
        (b"\nx = '\xe9'\n", r"line 2: SyntaxError: \(unicode error\) 'utf-8' codec"),
        (b"\nimport nompy\n", "line 2: ModuleNotFoundError: No module named 'nompy'"),
        (b"def f():\n    return 1 / 0\nf()\n", "line 3: ZeroDivisionError: division by"),
        (b"raise SystemExit(3)", "line 1: SystemExit: 3"),
        ("c = 1\n".encode("utf-16"), "SyntaxError: source code string cannot contain null"),
    ],
)
def test_an_error_in_the_configuration_is_said_with_its_line(
    small: Course, text: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small.root / CONFIG_NAME
    path.write_bytes(text)
    with pytest.raises(CourseError, match=f"^'{path}'(, |: ){said}"):
        open_course(small.root).assignments()
    assert main(["release", "--course", str(small.root)]) == EXIT_USAGE
    assert capsys.readouterr().err.startswith(f"grader: '{path}'")


def test_an_error_in_a_file_that_the_configuration_reads_is_said(small: Course) -> None:
    (small.root / CONFIG_NAME).write_text("load_subconfig('more.py')\n")
    (small.root / "more.py").write_text("\nthree\n")
    with pytest.raises(CourseError, match=r"more.py', line 2: NameError: name 'three'"):
        open_course(small.root).assignments()


@pytest.mark.parametrize(
    "line",
    [
        "c.CourseDirectory.source_directory = 3",
        "c.CourseDirectory.db_url = 3",
    ],
)
def test_a_setting_of_another_kind_is_said(
    small: Course, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with open(small.root / CONFIG_NAME, "a") as file:
        file.write(f"\n{line}\n")
    assert main(["release", "--course", str(small.root)]) == EXIT_USAGE
    trait = line.split()[0].rpartition(".")[2]
    said = capsys.readouterr().err
    assert said.startswith(f"grader: a setting in {CONFIG_NAME}: The '{trait}' trait")


# --- folders without assignments -------------------------------------------------------


def emptied(course: Course, *folders: str) -> None:
    """Leave some folders where the assignments were."""
    shutil.rmtree(course.root / "source")
    for folder in folders:
        (course.root / "source" / folder).mkdir(parents=True)


@pytest.mark.parametrize("command", [*EVERYTHING, "validate"])
def test_a_course_without_assignments_is_an_error(
    small: Course, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [command, "--course", str(small.root)]
    emptied(small)
    assert main(words) == EXIT_USAGE
    assert f"there is no folder '{small.root}/source/'" in capsys.readouterr().err
    emptied_again = small.root / "source" / "hw1" / "exercises"
    emptied_again.mkdir(parents=True)
    assert main(words) == EXIT_USAGE
    said = capsys.readouterr().err
    assert f"no assignment in '{small.root}/source/': expected a folder with" in said
    assert "'source/hw1/' has no 'hw1.ipynb'" in said


def test_a_notebook_of_another_name_is_named(small: Course) -> None:
    emptied(small, "hw1", "hw2", "_shared", ".cache")
    (small.root / "source/hw1/HW1.ipynb").touch()
    with pytest.raises(CourseError) as found:
        small.named()
    assert str(found.value).endswith(
        "; 'source/hw1/' has no 'hw1.ipynb', but 'HW1.ipynb'"
        "; 'source/hw2/' has no 'hw2.ipynb'"
    )
    with pytest.raises(UnknownAssignment, match=r"\('source/hw1/' has no 'hw1.ipynb', bu"):
        small.named(["hw1"])


def test_what_looks_like_an_assignment_beside_others_is_named(
    small: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("hw2", "hw3/exercises", "data", "_shared"):
        (small.root / "source" / folder).mkdir(parents=True)
    (small.root / "source/hw2/hw-2.ipynb").touch()
    words = ["--course", str(small.root)]
    assert main(["release", *words]) == EXIT_OK
    out, err = capsys.readouterr()
    assert out.startswith("hw1: ")
    assert err.splitlines() == [
        "grader: left out: 'source/hw2/' has no 'hw2.ipynb', but 'hw-2.ipynb'",
        "grader: left out: 'source/hw3/' has no 'hw3.ipynb'",
    ]
    assert main(["release", "hw1", *words]) == EXIT_OK
    assert capsys.readouterr().err == ""


def test_nothing_is_done_if_one_of_the_names_is_wrong(small: Course) -> None:
    assert main(["release", "hw1", "hw9", "--course", str(small.root)]) == EXIT_USAGE
    assert not small.released("hw1").exists()
