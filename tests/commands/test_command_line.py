"""What the command ``grader`` says before it does anything, and when it has."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.authoring import init
from grader.cli import EXIT_OK, EXIT_SOME_FAILED, EXIT_USAGE, main
from grader.course.assignment import load_assignment
from grader.course.folder import Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.report import class_report


@pytest.fixture
def small(tmp_path: Path) -> Course:
    return open_course(init(tmp_path / "course"))


@pytest.mark.parametrize("order", ["before", "behind"])
def test_the_course_may_be_named_before_the_command_or_behind(
    small: Course, order: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--course", str(small.root)]
    assert (
        main([*where, "release"] if order == "before" else ["release", *where]) == EXIT_OK
    )
    assert "hw1.ipynb written" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.startswith("grader 0.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["autograd"], "did you mean 'autograde'?"),
        (["autograde", "--isolation", "namespace"], "did you mean 'namespaces'?"),
        (["autograde", "--jobs", "x"], "'x' is no whole number above 0"),
        (["autograde", "--jobs", "0"], "'0' is no whole number above 0"),
    ],
)
def test_a_misspelt_word_is_told(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["release", "hw2"], "there are: hw1; did you mean 'hw1'?"),
        (["autograde"], "nothing to grade: nobody has handed in hw1"),
        (["autograde", "hw1"], "nothing to grade: nobody has handed in hw1"),
    ],
)
def test_nothing_to_do_is_an_error(
    small: Course, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--course", str(small.root)]) == EXIT_USAGE
    assert said in capsys.readouterr().err


@pytest.mark.kernel
def test_a_run_ends_with_what_came_of_it(
    small: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--course", str(small.root)]
    (small.source("hw1").parents[1] / "hw2").mkdir()
    second = (small.source("hw1")).read_text("utf-8")
    (small.source("hw1").parents[1] / "hw2" / "hw2.ipynb").write_text(second, "utf-8")
    shutil.copytree(
        small.source("hw1").parent / "exercises", small.source("hw2").parent / "exercises"
    )
    main(["release", *where])
    for student in ("ada", "bob"):
        small.submission(student, "hw1").mkdir(parents=True)
        shutil.copy(small.source("hw1"), small.submission(student, "hw1"))
    (small.submission("bob", "hw1") / "hw1.ipynb").write_text("{", "utf-8")
    assert main(["autograde", "--jobs", "1", *where]) == 1
    said = capsys.readouterr()
    assert "hw2: nobody has handed it in" in said.err
    assert (
        "hw1: 1 graded, 1 pending: a person has to look; mean 3.0 of 3 automatic "
        "points; next: grader feedback hw1" in said.out
    )


@pytest.mark.kernel
@pytest.mark.slow
def test_nothing_is_imported_from_the_current_folder(small: Course, tmp_path: Path) -> None:
    """Whoever looks into a submission and grades from there runs none of its files."""
    where = ["--course", str(small.root)]
    main(["release", *where])
    folder = small.submission("ada", "hw1")
    folder.mkdir(parents=True)
    shutil.copy(small.source("hw1"), folder)
    marker = tmp_path / "imported"
    for name in ("grader", "socket", "selectors", "numpy", "json", "nbformat", "zmq"):
        text = f"open({str(marker)!r}, 'a').write({name!r})\nraise SystemExit(1)\n"
        (folder / f"{name}.py").write_text(text)
    for words in (["autograde", "--jobs", "2"], ["doctor"], ["feedback"], ["validate"]):
        command = [str(Path(sys.executable).with_name("grader")), *words, *where]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        )
        assert not marker.exists(), (words, marker.read_text())
        assert done.returncode == 0, (words, done.stderr)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.1, 0.3, 0.7, 1.2, 2.0])
def test_ctrl_c_is_answered_in_words_from_the_first_moment(
    small: Course, after_s: float
) -> None:
    where = ["--course", str(small.root)]
    main(["release", *where])
    small.submission("ada", "hw1").mkdir(parents=True)
    shutil.copy(small.source("hw1"), small.submission("ada", "hw1"))
    command = [str(Path(sys.executable).with_name("grader")), "autograde", *where]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    time.sleep(after_s)
    with contextlib.suppress(ProcessLookupError):  # ended by itself
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    said = running.communicate()[1].decode()
    if ", in main" not in said and running.returncode == -signal.SIGINT:
        return  # a busy machine: Python had not come to our first line
    assert "Traceback" not in said
    assert running.returncode in (EXIT_OK, 130)


def test_a_folder_that_cannot_be_written_is_named(
    small: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def denied(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "denied", str(path))

    with CourseGradebook(small) as gradebook:
        gradebook.register(load_assignment(small, "hw1"))
    monkeypatch.setattr(class_report, "write_atomically", denied)
    assert main(["report", "hw1", "--course", str(small.root)]) == EXIT_SOME_FAILED
    said = capsys.readouterr().err
    assert f"results in '{small.reports}' cannot be written: no permission" in said


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize(
    "odd",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TMPDIR": "long"},
        {"PYTHONIOENCODING": "gbk"},
    ],
    ids=["a terminal of ASCII", "a long TMPDIR", "a terminal of GBK"],
)
def test_odd_surroundings_change_no_result(
    small: Course, tmp_path: Path, odd: dict[str, str]
) -> None:
    where = ["--course", str(small.root)]
    main(["release", *where])
    small.submission("张霞 ✗", "hw1").mkdir(parents=True)
    shutil.copy(small.source("hw1"), small.submission("张霞 ✗", "hw1"))
    if odd.get("TMPDIR"):
        long = tmp_path / ("x" * 120)
        long.mkdir()
        odd = {"TMPDIR": str(long)}
    for words in (["autograde"], ["feedback"], ["report"], ["export", "--format", "csv"]):
        command = [str(Path(sys.executable).with_name("grader")), *words, *where]
        done = subprocess.run(
            command, env={**os.environ, **odd}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert small.feedback("张霞 ✗", "hw1").is_file()
