"""Answers kept: judged again without running, and never believed when damaged."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from course_exercises import DEMO as ASSIGNMENT

from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in, solutions
from grader.course.folder import Course, only_grader
from grader.grading import answers
from grader.grading.answers import AnswerStore, pack_answers, unpack
from grader.grading.submission import Grader
from grader.limits import Limits
from grader.model import Answer, Assignment, CellRun, Execution, Raised, Returned
from grader.sandbox.levels import LEVELS, Level

EXECUTION = Execution(
    runs={0: CellRun(outputs=({"output_type": "stream", "text": "误差"},), ok=True)},
    answers={
        "G08.1": Answer(
            outcomes=(Returned(np.eye(2), (1, "a")), Raised("ValueError", "no", 3)),
            repeated=Returned(np.eye(2), (1, "a")),
        ),
        "G08.2": Answer(missing=True),
    },
    isolation="full",
)
EXECUTION_WITHOUT_BOX = replace(EXECUTION, isolation="none")


def pack(execution: Execution) -> bytes:
    return answers.pack(execution, pack_answers(execution.answers))


def test_execution_survives_being_kept() -> None:
    kept = unpack(pack(EXECUTION), "full")
    assert kept is not None
    assert kept.runs == EXECUTION.runs
    assert kept.answers["G08.2"].missing
    first = kept.answers["G08.1"].outcomes[0]
    np.testing.assert_array_equal(first.value, np.eye(2))  # type: ignore[union-attr]


@pytest.mark.parametrize("cut", [0, 1, 10, -1, -5])
def test_damaged_entry_counts_as_none(cut: int) -> None:
    assert unpack(pack(EXECUTION)[:cut], "none") is None


def test_entry_of_another_shape_counts_as_none() -> None:
    import zlib

    from grader.kernel.inside import codec

    assert unpack(zlib.compress(codec.encode({"runs": 3})), "none") is None
    assert unpack(zlib.compress(codec.encode([1, 2])), "none") is None


@pytest.mark.parametrize("ran", ["none", "namespaces", "full", "not run", "", "admin"])
@pytest.mark.parametrize("wanted", LEVELS)
def test_what_ran_with_less_confinement_is_not_used(ran: str, wanted: Level) -> None:
    kept = unpack(pack(replace(EXECUTION, isolation=ran)), wanted)
    known = ran in LEVELS and LEVELS.index(ran) >= LEVELS.index(wanted)
    assert (kept is not None) == known


def test_every_level_has_a_key_of_its_own(assignment: Assignment) -> None:
    keys = {Grader(assignment, b"s", level).execution_key for level in LEVELS}
    assert len(keys) == len(LEVELS)


@pytest.mark.kernel
def test_a_later_run_that_asks_for_a_box_uses_one(
    tmp_path: Path, new_course: Callable[[Path], Course], can_confine: None
) -> None:
    """Grade without a box, with one, and again each way: who ran what is in the result."""
    made = new_course(tmp_path)
    hand_in(made, Person("ada", solutions(made)))

    def graded(level: Level) -> tuple[bool, bool]:
        (result,) = autograde(made, ASSIGNMENT, isolation=level)
        return result.executed, result.isolation == "none"

    assert graded("none") == (True, True)
    assert graded("namespaces") == (True, False)
    assert graded("namespaces") == (False, False)
    assert graded("none") == (False, True)
    for entry in (made.state / "answers").glob("*/*"):  # whatever its key says
        entry.write_bytes(pack(EXECUTION_WITHOUT_BOX))
    assert graded("namespaces") == (True, False)


def test_run_that_hit_a_limit_is_not_kept() -> None:
    slow = Answer(fault="stopped")
    assert pack(replace(EXECUTION, answers={"G08.1": slow})) == b""


def key_of(assignment: Assignment, secret: bytes = b"s") -> bytes:
    return Grader(assignment, secret).execution_key


def test_changed_limits_and_sentences_do_not_run_again(assignment: Assignment) -> None:
    assert key_of(assignment) == key_of(replace(assignment, limits=Limits(cell_s=1.0)))
    others = tuple(replace(e, mistakes=(), points=1.0) for e in assignment.exercises)
    assert key_of(assignment) == key_of(replace(assignment, exercises=others))


def test_changed_inputs_profile_or_given_code_run_again(assignment: Assignment) -> None:
    key = key_of(assignment)
    assert key != key_of(assignment, b"another secret")
    assert key != key_of(replace(assignment, profile="torch"))
    assert key != key_of(replace(assignment, files={"data.csv": b"1"}))
    assert key != key_of(replace(assignment, cells=assignment.cells[1:]))


def test_store_returns_what_was_put(tmp_path: Path) -> None:
    answers = AnswerStore(tmp_path)
    name = answers.name(b"k", b"n")
    assert answers.get(name) == b""
    answers.put(name, b"data")
    assert answers.get(name) == b"data"
    assert not list(tmp_path.rglob(".*.*"))


def test_full_disk_costs_the_shortcut_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(answers, "write_atomically", full)
    AnswerStore(tmp_path).put("abcdef", b"data")
    assert AnswerStore(tmp_path).get("abcdef") == b""


def test_clean_deletes_what_was_unused_for_longest(tmp_path: Path) -> None:
    answers = AnswerStore(tmp_path)
    for age, name in enumerate(("aa1", "bb2", "cc3")):
        answers.put(name, bytes(1000))
        os.utime(tmp_path / name[:2] / name[2:], (1e9 - age, 1e9 - age))
    assert answers.clean(keep_bytes=2000) == (1, 2)
    assert answers.get("cc3") == b""
    assert answers.get("aa1")


@contextlib.contextmanager
def held(course: Course) -> Iterator[None]:
    """Hold the course's lock as another grader would."""
    course.state.mkdir(parents=True, exist_ok=True)
    with open(course.state / "lock", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("4242\n")
        file.flush()
        yield


def test_second_grader_says_so_and_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course(tmp_path)
    entered = threading.Event()

    def second() -> None:
        with only_grader(course):
            entered.set()

    with held(course):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not entered.wait(0.3)
    waiting.join(5)
    assert entered.is_set()
    assert "process 4242" in capsys.readouterr().err


def test_lock_of_a_killed_grader_is_free(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from grader.course.folder import Course, only_grader\n"
        f"with only_grader(Course(Path({str(tmp_path)!r}))): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with only_grader(Course(tmp_path)):
        pass
