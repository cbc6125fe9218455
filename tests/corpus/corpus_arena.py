"""A small course with secrets in every corner, and eyes on what an attack leaves."""

from __future__ import annotations

import ast
import base64
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from corpus_attack import Attack, answered, code_cell, filled, write_submission
from rich.console import Console

from grader.commands import autograde
from grader.commands.demo.people import solutions
from grader.commands.release import release
from grader.course.assignment import copy_assignment, load_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.course.submission import read_submission
from grader.grading.submission import Grader
from grader.kernel import box_process
from grader.kernel.parents import WarmParents
from grader.limits import MIB, Limits
from grader.model import Job, Result, Returned
from grader.report import progress, records
from grader.report.feedback import write_feedback

ROOT = Path(__file__).parents[2]
NAME = "a07_backpropagation"
LIMITS = Limits(
    cell_s=1.5,
    submission_s=8.0,
    memory_bytes=512 * MIB,
    processes=48,
    files_bytes=16 * MIB,
)
"""Short, so that endless attacks end soon."""
TORCH_LIMITS = replace(LIMITS, memory_bytes=1024 * MIB)
MARGIN_S = 60.0
"""What killing, restarting and judging may take beyond a submission's limit, on a machine
that is busy with other things."""
PARENT_S = 8.0
"""Processor time that the grader itself may take for one submission and its page."""
PARENT_BYTES = 900 * MIB
"""By how much the grader itself may grow while it reads what a kernel sends."""
_TABLE_TEXTS = ("output_delta_inputs", "hidden_delta_inputs", "FOUR_DIGITS", "G08_1 =")


@dataclass
class Marks:
    """Texts that exist in one secret place each; finding one elsewhere is a leak."""

    token: str = field(default_factory=lambda: os.urandom(6).hex())

    def mark(self, place: str) -> str:
        """Return the mark of a place: every mark has this form."""
        return f"MARKER_{place}_{self.token}"

    def secret(self) -> bytes:
        """Return the course's secret of this run."""
        return self.mark("SECRET").encode() + os.urandom(16)


@dataclass(frozen=True)
class Trace:
    """Everything that one attack caused."""

    result: Result
    recorded: float | None
    """The sum in the gradebook, None without a submission there."""
    texts: dict[str, str]
    """What was written about the attacker, and printed, by place."""
    page: str
    seconds: float
    worked_s: float
    """Processor time of this process."""
    grown_bytes: int
    """Growth of this process's largest resident memory."""
    alive: list[str]
    """Processes that outlived it."""
    left: list[str]
    """Mounts, files, sockets and IPC objects that outlived it."""


class Canaries:
    """Real things outside the box that no attack may reach."""

    def __init__(self, folder: Path, token: str) -> None:
        """Listen on loopback, on an abstract and on a file socket; hold a secret."""
        self.heard: list[str] = []
        self.outside = folder / "outside.txt"
        self.outside.write_text("unchanged")
        self.socket_path = folder / "listener"
        self.abstract = f"corpus-{token}"
        self._open = [
            self._listen(socket.AF_INET, ("127.0.0.1", 0)),
            self._listen(socket.AF_UNIX, f"\0{self.abstract}"),
            self._listen(socket.AF_UNIX, str(self.socket_path)),
            self._listen(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM),
        ]
        self.tcp_port = self._open[0].getsockname()[1]
        self.udp_port = self._open[3].getsockname()[1]
        hold = "import sys; held = sys.stdin.read(); print('ready', flush=True); "
        self.victim = subprocess.Popen(
            [sys.executable, "-c", hold + "import time; time.sleep(9999)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.victim.stdin
        assert self.victim.stdout
        self.victim.stdin.write(f"MARKER_VICTIM_{token}".encode())
        self.victim.stdin.close()
        self.victim.stdout.readline()

    def _listen(self, family: int, address: Any, kind: int = socket.SOCK_STREAM) -> Any:
        listener = socket.socket(family, kind)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(8)
        threading.Thread(target=self._hear, args=(listener, kind), daemon=True).start()
        return listener

    def _hear(self, listener: socket.socket, kind: int) -> None:
        while True:
            try:
                if kind == socket.SOCK_STREAM:
                    listener.accept()[0].close()
                else:
                    listener.recv(100)
            except OSError:
                return
            self.heard.append(str(listener.family))

    def close(self) -> None:
        """Stop listening."""
        for listener in self._open:
            shut(listener)
        self.victim.kill()
        self.victim.wait()
        assert self.victim.stdout
        self.victim.stdout.close()


def shut(listener: socket.socket) -> None:
    """Close a socket another thread is waiting on."""
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


HONEST = ("neighbour", "honest", "torch-honest")
"""Students of the arena who do no harm."""


class Arena:
    """The course of one test session, with its warm parents and canaries."""

    def __init__(self, folder: Path, parents: WarmParents) -> None:
        """Build and release the course, hand in a neighbour, learn the honest result."""
        self.folder = folder
        self.marks = Marks()
        self.parents = parents
        self.course = self._build(folder / "course")
        self.released = json.loads(self.course.released(NAME).read_text("utf-8"))
        self.right = self._right_answers()
        assignment = replace(load_assignment(self.course, NAME), limits=LIMITS)
        self.grader = Grader(assignment, self.course.secret())
        torch = replace(assignment, limits=TORCH_LIMITS, profile="torch")
        self.torch_grader = Grader(torch, self.course.secret())
        self.canaries = Canaries(folder, self.marks.token)
        self.digits = self._expected_digits()
        self._hand_in_neighbour()
        self.honest = self.grade_honest()
        self._mark_gradebook()

    # -- the course ----------------------------------------------------------------

    def _build(self, root: Path) -> Course:
        """Return a released course whose hidden parts all carry marks."""
        root.mkdir()
        shutil.copy(ROOT / CONFIG_NAME, root)
        course = open_course(root)
        source = course.source(NAME)
        copy_assignment(open_course(ROOT), NAME, source.parents[1])
        notebook = json.loads(source.read_text("utf-8"))
        for cell in notebook["cells"]:
            lines = "".join(cell["source"])
            lines = lines.replace(
                "### BEGIN SOLUTION", f"### BEGIN SOLUTION\n    # {self.mark('SOLUTION')}"
            )
            cell["source"] = lines.replace(
                "### BEGIN HIDDEN TESTS",
                f"### BEGIN HIDDEN TESTS\n# {self.mark('TEST')}",
            )
        source.write_text(json.dumps(notebook), "utf-8")
        course.state.mkdir()
        (course.state / "secret").write_bytes(self.marks.secret())
        release(course, NAME)
        return course

    def mark(self, place: str) -> str:
        """Return the mark of a place."""
        return self.marks.mark(place)

    def _right_answers(self) -> dict[str, str]:
        found = solutions(self.course)
        tests = [
            "".join(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
            for cell in self.released["cells"]
        ]
        by_task = {".".join(test.split("-")[:2]): test for test in tests if "-" in test}
        by_task = {task: test.removesuffix("-solution") for task, test in by_task.items()}
        unmarked = re.compile(r"\n    # MARKER_SOLUTION_\w+|# MARKER_SOLUTION_\w+")
        return {
            by_task[task]: unmarked.sub("", answer)
            for task, answer in found.items()
            if not task.startswith("D")
        }

    def _hand_in_neighbour(self) -> None:
        notebook = answered(self.released, self.right)
        notebook["cells"].insert(1, code_cell(f"# {self.mark('NEIGHBOUR')}"))
        folder = self.course.submission(HONEST[0], NAME)
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")
        for name in HONEST[1:]:
            folder = self.course.submission(name, NAME)
            folder.mkdir(parents=True)
            notebook = answered(self.released, self.right)
            (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")
        self.grade("neighbour")

    def _mark_gradebook(self) -> None:
        """Leave a teacher's remark about the neighbour in the database."""
        with CourseGradebook(self.course) as gradebook:
            book = gradebook._book
            where = ("D08-1-derivation", NAME, NAME, "neighbour")
            book.find_comment(*where).manual_comment = self.mark("GRADEBOOK")
            book.db.commit()

    def _expected_digits(self) -> set[str]:
        """Digits of every hidden expected number that is not an input, too."""
        found: set[str] = set()
        given: set[str] = set()
        for key in self.grader.keys.values():
            for case, outcome in zip(key.cases, key.expected, strict=True):
                given |= digits_of(case.args)
                assert isinstance(outcome, Returned)
                found |= digits_of(outcome.value)
        return found - given

    # -- grading -------------------------------------------------------------------

    def grade(self, student: str, grader: Grader | None = None) -> Result:
        """Read, grade and record a submission as ``grader autograde`` does."""
        grader = grader or self.grader
        with CourseGradebook(self.course) as gradebook:
            gradebook.register(grader.assignment)
            submission = read_submission(self.course, student, grader.assignment)
            gradebook.create_rows(submission.assignment, student, submission.timestamp)
            result = grader.grade_one(Job(submission=submission)).result
            autograde.save(self.course, grader.assignment, result, gradebook)
            gradebook.save()
        return result

    def grade_honest(self, grader: Grader | None = None) -> dict[str, Any]:
        """Return what an honest submission gets: everything but the seconds."""
        result = records.as_json(self.grade("honest", grader))
        del result["seconds"], result["run_s"]
        return result

    def recorded(self, student: str) -> float | None:
        """Return the sum of a student's points in the database."""
        path = self.course.root / "gradebook.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            rows = db.execute(
                "select sum(coalesce(grade.auto_score, 0) + coalesce(manual_score, 0)"
                " + coalesce(extra_credit, 0)) from grade"
                " join submitted_notebook n on n.id = grade.notebook_id"
                " join submitted_assignment a on a.id = n.assignment_id"
                " where a.student_id = ?",
                [student],
            ).fetchall()
        db.close()
        return rows[0][0] if rows else None

    # -- attacking -----------------------------------------------------------------

    def places(self, student: str) -> dict[str, object]:
        """Return what attacks are told: where everything is that they look for."""
        profile = next(iter(self.parents._running.values()))
        return {
            "COURSE": self.course.root,
            "SECRET": self.course.state / "secret",
            "NEIGHBOUR": self.course.submission("neighbour", NAME) / f"{NAME}.ipynb",
            "SOLUTION": self.course.source(NAME),
            "TABLE": ROOT / "solutions" / NAME / "exercises" / "g08_1_output_delta.py",
            "RESULT": self.course.result(student, NAME),
            "GRADEBOOK": self.course.root / "gradebook.db",
            "OUTSIDE": self.canaries.outside,
            "SOCKET": self.canaries.socket_path,
            "ABSTRACT": self.canaries.abstract,
            "TCP": self.canaries.tcp_port,
            "UDP": self.canaries.udp_port,
            "VICTIM": self.canaries.victim.pid,
            "PARENT": profile.pid,
            "GRADER": os.getpid(),
            "RUN": self.parents.folder().path,
            "TOKEN": self.marks.token,
        }

    def student_of(self, attack: Attack) -> str:
        """Return the name of an attack's submission folder."""
        if attack.student:
            return str(ast.literal_eval(attack.student))
        return f"s{attack.name}"

    def hand_in(self, attack: Attack, text: str = "") -> str:
        """Write an attack's submission; return the student's name."""
        student = self.student_of(attack)
        text = filled(text or attack.text, self.places(student))
        folder = self.course.submission(student, NAME)
        if folder.parent.exists():
            shutil.rmtree(folder.parent)
        folder.mkdir(parents=True)
        write_submission(attack, text, folder, self.released, self.right)
        return student

    def clear_desk(self) -> None:
        """Remove the attacks that were handed in."""
        for folder in self.course.submission("honest", NAME).parents[1].iterdir():
            if folder.name not in HONEST:
                shutil.rmtree(folder)

    def run_grader(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on this course."""
        command = [sys.executable, "-m", "grader.cli", *arguments]
        return subprocess.run(
            [*command, "--course", str(self.course.root)],
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
            cwd=ROOT,
        )

    def attack(self, attack: Attack, text: str = "") -> Trace:
        """Hand in an attack, grade it, write its page, and look around."""
        student = self.hand_in(attack, text)
        grader = self.torch_grader if attack.profile == "torch" else self.grader
        before = self._surroundings()
        reset_peak()
        memory = peak_bytes()
        started, worked = time.monotonic(), time.process_time()
        with captured() as printed:
            result = self.grade(student, grader)
            (page,) = write_feedback(self.course, NAME, (student,))
        seconds, worked = time.monotonic() - started, time.process_time() - worked
        grown = peak_bytes() - memory
        left = sorted(self._surroundings() - before)
        texts = {
            "page": page.read_text("utf-8"),
            "result": self.course.result(student, NAME).read_text("utf-8"),
            "table": table_of(result),
            **printed,
        }
        written = self.course.autograded(student, NAME) / f"{NAME}.ipynb"
        if written.is_file():
            texts["notebook"] = written.read_text("utf-8")
        return Trace(
            result=result,
            recorded=self.recorded(student),
            texts=texts,
            page=texts["page"],
            seconds=seconds,
            worked_s=worked,
            grown_bytes=grown,
            alive=self._alive(),
            left=left,
        )

    def leaks(self, texts: dict[str, str], own: str) -> list[str]:
        """Return every secret that stands in what was written.

        A text the attack itself holds (`own`), because it was told, is no leak.
        """
        secret = self.course.secret()
        wanted = {secret.hex(), base64.b64encode(secret).decode()[:24], *_TABLE_TEXTS}
        found = []
        for place, text in texts.items():
            found += [f"{place}: {m}" for m in re.findall(r"MARKER_[A-Z]+_\w+", text)]
            found += [f"{place}: {w}" for w in wanted if w in text and w not in own]
            found += [f"{place}: {d}" for d in long_numbers(text) & self.digits]
        return found

    def _surroundings(self) -> set[str]:
        """Everything outside the box that an attack could leave behind."""
        found = {f"mount {line}" for line in lines_of("/proc/self/mountinfo")}
        for kind in ("shm", "sem", "msg"):
            found |= {f"{kind} {line}" for line in lines_of(f"/proc/sysvipc/{kind}")}
        ours = (self.marks.token, str(self.folder))
        sockets = (line.split()[-1] for line in lines_of("/proc/net/unix"))
        mine = (f"@{self.canaries.abstract}", str(self.canaries.socket_path))
        found |= {
            f"socket {s}"
            for s in sockets
            if s not in mine and any(part in s for part in ours)
        }
        found |= {f"shm {p.name}" for p in Path("/dev/shm").glob("*corpus*")}
        temp = Path(tempfile.gettempdir()).rglob("*")
        found |= {f"file {p}" for p in temp if p.suffix != ".log"}
        found |= {f"core {p}" for p in Path.cwd().glob("core*")}
        found |= {f"memory {p}" for p in Path("/tmp").glob("*corpus_left*")}
        outside = self.canaries.outside.read_text()
        found |= {f"outside: {outside}"}
        found |= {f"heard {i}" for i in range(len(self.canaries.heard))}
        course = self.course.root
        for part in ("solutions", "assignments", ".grader/secret", "nbgrader_config.py"):
            paths = [course / part, *(course / part).rglob("*")]
            found |= {f"{p} {p.stat().st_mtime_ns}" for p in paths if p.is_file()}
        return found

    def _alive(self) -> list[str]:
        """Processes of boxes that still run, found by parentage and environment."""
        expected = {parent.pid for parent in self.parents._running.values()}
        deadline = time.monotonic() + 2.0
        while True:
            found = []
            for pid, parent, token in processes(self.marks.token):
                if pid in (*expected, os.getpid(), self.canaries.victim.pid):
                    continue
                if parent in expected or token:
                    found.append(f"{pid} (child of {parent}): {command_of(pid)}")
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def close(self) -> None:
        """Release canaries."""
        self.canaries.close()


@contextmanager
def arena(folder: Path) -> Iterator[Arena]:
    """Yield an arena with warm parents, environment and temp folder of its own."""
    temp = folder / "t"
    temp.mkdir()
    parents = WarmParents()
    made: Arena | None = None
    token = os.urandom(4).hex()
    environment = {
        "LANGUAGE": f"en:{token}",
        "COURSE_SECRET_TOKEN": "MARKER_ENVIRONMENT_0",
        "MPLCONFIGDIR": str(folder / "fonts"),
    }
    with (
        mock.patch.object(box_process, "PARENTS", parents),
        mock.patch.object(tempfile, "tempdir", str(temp)),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(Marks, "__init__", lambda self: setattr(self, "token", token)),
    ):
        try:
            made = Arena(folder, parents)
            yield made
        finally:
            if made:
                made.close()
            parents.close()


@contextmanager
def captured() -> Iterator[dict[str, str]]:
    """Collect what is written to this process's real stdout and stderr."""
    printed: dict[str, str] = {}
    with tempfile.TemporaryFile() as file:
        sys.stdout.flush()
        sys.stderr.flush()
        saved = os.dup(1), os.dup(2)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield printed
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for target, fd in zip((1, 2), saved, strict=True):
                os.dup2(fd, target)
                os.close(fd)
            file.seek(0)
            printed["printed"] = file.read().decode("utf-8", "replace")


def table_of(result: Result) -> str:
    """Return the command line's table on a wide terminal, as bytes would arrive there."""
    stream = io.StringIO()
    terminal = Console(
        file=stream, width=400, markup=False, highlight=False, color_system=None
    )
    with mock.patch.object(progress, "Console", return_value=terminal):
        progress.print_table([result])
    return stream.getvalue()


def digits_of(value: Any) -> set[str]:
    """Return the first nine significant digits of every long number in a value."""
    if isinstance(value, dict):
        return digits_of(list(value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(digits_of, value)) if value else set()
    try:
        numbers = np.asarray(value, float).ravel()
    except (TypeError, ValueError):
        return set()
    texts = (repr(float(number)) for number in numbers)
    return set().union(*(long_numbers(text) for text in texts))


_NUMBER = re.compile(r"\d*\.\d+(?:e[+-]?\d+)?")


def long_numbers(text: str) -> set[str]:
    """Return the nine leading digits of all numbers in a text that have as many."""
    found = set()
    for number in _NUMBER.findall(text):
        digits = number.partition("e")[0].replace(".", "").lstrip("0")
        if len(digits) >= 9:
            found.add(digits[:8])
    return found


def lines_of(path: str) -> list[str]:
    """Return a file's lines, none where it does not exist."""
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def processes(token: str) -> Iterator[tuple[int, int, bool]]:
    """Yield process id, parent's id, and whether the environment holds ``token``."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        try:
            held = token.encode() in (entry / "environ").read_bytes()
        except OSError:
            held = False
        yield int(entry.name), int(status[1]), held


def command_of(pid: int) -> str:
    """Return a process's command line for a message."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "gone"
    return raw.replace(b"\0", b" ").decode("utf-8", "replace")[-200:]


def reset_peak() -> None:
    """Start a new measurement of this process's largest resident memory."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """Return this process's largest resident memory since `reset_peak`."""
    for line in lines_of("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
