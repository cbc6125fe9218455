"""Where a course keeps things: its folders, its database, its secret."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import CourseError, UnknownAssignment
from grader.files import read_untrusted

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

CONFIG_NAME = "nbgrader_config.py"
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader's exchange puts beside a submission, and expects beside its feedback."""
PUBLIC_SECRET = b"no course secret: inputs for trying things out"
"""Seeds inputs where no course exists, e.g. in an instructor's first experiments."""


@dataclass(frozen=True)
class Course:
    """An nbgrader course directory; folder names are those of its configuration."""

    root: Path

    @cached_property
    def config(self) -> Config:
        """The course's nbgrader configuration, as nbgrader itself would load it."""
        from traitlets.config import PyFileConfigLoader

        return PyFileConfigLoader(CONFIG_NAME, str(self.root)).load_config()

    @cached_property
    def directory(self) -> CourseDirectory:
        """Nbgrader's view of the same course."""
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory(config=self.config, root=str(self.root))

    @property
    def state(self) -> Path:
        """The grader's own files: secret, stored answers, results."""
        return self.root / ".grader"

    def source(self, assignment: str) -> Path:
        """The instructor's notebook."""
        folder = Path(self._step(self.directory.source_directory, ".", assignment))
        return folder / f"{assignment}.ipynb"

    def released(self, assignment: str) -> Path:
        """The students' version."""
        folder = Path(self._step(self.directory.release_directory, ".", assignment))
        return folder / f"{assignment}.ipynb"

    def submission(self, student: str, assignment: str) -> Path:
        """Folder of what a student handed in; never written to."""
        folder = self.directory.submitted_directory
        return Path(self._step(folder, student, assignment))

    def autograded(self, student: str, assignment: str) -> Path:
        """Folder of the executed notebook."""
        folder = self.directory.autograded_directory
        return Path(self._step(folder, student, assignment))

    def feedback(self, student: str, assignment: str) -> Path:
        """The page a student gets."""
        folder = Path(self._step(self.directory.feedback_directory, student, assignment))
        return folder / f"{assignment}.html"

    @property
    def reports(self) -> Path:
        """Where pages about the class and exported grades go."""
        return self.root / "report"

    def result(self, student: str, assignment: str) -> Path:
        """The last result in JSON."""
        return self.state / "results" / assignment / f"{student}.json"

    def assignments(self) -> tuple[str, ...]:
        """Names of all assignments that have a source notebook."""
        folder = self.root / self.directory.source_directory
        found = (p.name for p in folder.glob("*/") if (p / f"{p.name}.ipynb").is_file())
        return tuple(sorted(found))

    def require(self, assignment: str) -> None:
        """Raise `UnknownAssignment` unless the assignment exists."""
        if assignment not in self.assignments():
            known = ", ".join(self.assignments()) or "none"
            raise UnknownAssignment(
                f"no assignment '{assignment}' in '{self.directory.source_directory}/'; "
                f"there are: {known}"
            )

    def students(self, assignment: str) -> tuple[str, ...]:
        """Everyone who has a folder for the assignment, sorted.

        A folder whose name is no UTF-8 text cannot stand in the gradebook: it is named on
        stderr and left alone.
        """
        folder = self.root / self.directory.submitted_directory
        found = []
        for name in (p.name for p in folder.glob("*") if (p / assignment).exists()):
            try:
                name.encode()
                found.append(name)
            except UnicodeEncodeError:
                text = f"the name of folder {name!a} is no UTF-8 text: rename it"
                print(f"grader: not graded: {text}", file=sys.stderr)
        return tuple(sorted(found))

    def timestamp(self, student: str, assignment: str) -> str | None:
        """Text of the submission's ``timestamp.txt``, the student's word."""
        path = self.submission(student, assignment) / "timestamp.txt"
        if not path.exists():
            return None
        return read_untrusted(path, limit=200).decode("utf-8", "replace").strip()

    def secret(self) -> bytes:
        """Return the course's secret, creating it on first use.

        Hidden inputs derive from it: the same for every student, unknown in advance.
        """
        path = self.state / "secret"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with open(os.open(path, flags, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
        except FileExistsError:
            pass  # another process was first; its secret counts
        return path.read_bytes()

    def _step(self, step: str, student: str, assignment: str) -> str:
        return self.directory.format_path(step, student, assignment)


def open_course(folder: Path | str = ".") -> Course:
    """Return the course in ``folder``.

    Raises:
        CourseError: it has no ``nbgrader_config.py``.
    """
    root = Path(folder).resolve()
    if not (root / CONFIG_NAME).is_file():
        raise CourseError(
            f"'{root}' is no course: it has no {CONFIG_NAME}; run the command in the "
            "course's folder or name it with --course"
        )
    return Course(root)


@contextlib.contextmanager
def only_grader(course: Course) -> Iterator[None]:
    """Hold the course for one grader; a second one says so and waits."""
    course.state.mkdir(parents=True, exist_ok=True)
    with open(course.state / "lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip() or "unknown"
            text = f"another grader (process {other}) is at work in this course; waiting"
            print(f"grader: {text}", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def enclosing_secret(start: Path) -> bytes:
    """Return the secret of the course that contains ``start``, or the public one."""
    for folder in (start, *start.parents):
        if (folder / CONFIG_NAME).is_file():
            return Course(folder).secret()
    return PUBLIC_SECRET


def exercise_seed(secret: bytes, exercise_id: str) -> int:
    """Return the seed of an exercise's hidden inputs."""
    return int.from_bytes(hashlib.sha256(secret + exercise_id.encode()).digest()[:8])
