"""Where a course keeps things: its folders, its database, its secret."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
import os
import secrets
import sys
import traceback
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from grader.course.exercises import FOLDER
from grader.course.files import UntrustedFolder, write_atomically
from grader.errors import CourseError, DamagedNotebook, UnknownAssignment

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

CONFIG_NAME = "nbgrader_config.py"
EXCHANGE_FILES = ("timestamp.txt", "submission_secret.txt")
"""What nbgrader's exchange puts beside a submission, and expects beside its feedback."""


@dataclass(frozen=True)
class Course:
    """An nbgrader course directory; folder names are those of its configuration."""

    root: Path

    @cached_property
    def config(self) -> Config:
        """The course's nbgrader configuration, as nbgrader itself would load it.

        Raises:
            CourseError: it ends in an error; with file and line.
        """
        from traitlets.config import PyFileConfigLoader

        try:
            return PyFileConfigLoader(CONFIG_NAME, str(self.root)).load_config()
        except (Exception, SystemExit) as error:
            where = _where(error) or f"'{self.root / CONFIG_NAME}'"
            raise CourseError(f"{where}: {type(error).__name__}: {_said(error)}") from error

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
        others = self._spelt_as(student)
        return Path(self._step(folder, others[0] if others else student, assignment))

    def _spelt_as(self, student: str) -> list[str]:
        """Return the folders that a student's name stands for, whatever wrote them.

        Some systems compose an é from e and an accent: the same name in other bytes.
        """
        folder = self.root / self.directory.submitted_directory
        if not folder.is_dir():
            return []
        return _by_student(folder, folder.stat().st_mtime_ns).get(student, [])

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
        return self.state / "results" / assignment / student / "result.json"

    def graded(self, assignment: str) -> tuple[str, ...]:
        """Everyone who has a result, sorted."""
        found = (self.state / "results" / assignment).glob("*/result.json")
        return tuple(sorted(path.parent.name for path in found))

    def assignments(self) -> tuple[str, ...]:
        """Names of all assignments that have a source notebook."""
        return tuple(path.name for path in self._folders() if _notebook(path).is_file())

    def named(self, names: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the assignments that are meant: all there are if none is named.

        Then a folder that looks like another one, but lacks its notebook, is named on
        stderr.

        Raises:
            UnknownAssignment: there is none of a name.
            CourseError: there is none at all.
        """
        for name in names:
            self.require(name)
        if names:
            return tuple(names)
        others = self._incomplete()
        if not self.assignments():
            raise CourseError(self._nothing(others))
        for path in others:
            if (path / FOLDER).is_dir() or any(path.glob("*.ipynb")):
                print(f"grader: left out: {self._lacking(path)}", file=sys.stderr)
        return self.assignments()

    def require(self, assignment: str) -> None:
        """Raise `UnknownAssignment` unless the assignment exists."""
        if assignment not in self.assignments():
            known = ", ".join(self.assignments()) or "none"
            meant = difflib.get_close_matches(assignment, self.assignments(), 1)
            guess = f"; did you mean '{meant[0]}'?" if meant else ""
            path = self._sources / assignment
            lacking = f" ({self._lacking(path)})" if path in self._folders() else ""
            raise UnknownAssignment(
                f"no assignment '{assignment}' in '{self.directory.source_directory}/'"
                f"{lacking}; there are: {known}{guess}"
            )

    @property
    def _sources(self) -> Path:
        return self.root / self.directory.source_directory

    def _folders(self) -> list[Path]:
        """Return the folders that are assignments if they have their notebook."""
        return sorted(self._sources.glob("*/"))

    def _incomplete(self) -> list[Path]:
        """Return those that lack it; what begins with a dot or '_' is none."""
        folders = [path for path in self._folders() if path.name[0] not in "._"]
        return [path for path in folders if not _notebook(path).is_file()]

    def _nothing(self, others: Sequence[Path]) -> str:
        """Say where no assignment was found, and what is there instead."""
        if not self._sources.is_dir():
            return (
                f"no assignment: there is no folder '{self._sources}/'; make it, or name "
                f"yours as c.CourseDirectory.source_directory in {CONFIG_NAME}"
            )
        found = "".join(f"; {self._lacking(path)}" for path in others)
        return (
            f"no assignment in '{self._sources}/': expected a folder with a notebook of "
            f"its name, such as 'hw1/hw1.ipynb'{found}"
        )

    def _lacking(self, folder: Path) -> str:
        """Say which notebook a folder has not, and which it has."""
        others = ", ".join(f"'{path.name}'" for path in sorted(folder.glob("*.ipynb")))
        found = f", but {others}" if others else ""
        there = f"{self.directory.source_directory}/{folder.name}"
        return f"'{there}/' has no '{_notebook(folder).name}'{found}"

    def students(self, assignment: str) -> tuple[str, ...]:
        """Everyone who has a folder for the assignment, sorted.

        What cannot be graded is named on stderr and left alone: a folder whose name is no
        UTF-8 text cannot stand in the gradebook; a notebook beside the folder it belongs
        into is nobody's hand-in yet. Folders that systems make are no students.
        """
        folder = self.root / self.directory.submitted_directory
        found = []
        for path in sorted(folder.glob("*")):
            name = path.name
            if name.startswith((".", "__MACOSX")) or not path.is_dir():
                continue
            if not (path / assignment).exists():
                if (path / f"{assignment}.ipynb").exists():
                    place = f"{folder.name}/{name}/{assignment}"
                    _say_not_graded(
                        f"{_shown(f'{place}.ipynb')} lies beside its place: move it into "
                        f"the folder {_shown(f'{place}/')}"
                    )
                continue
            try:
                name.encode()
                found.append(unicodedata.normalize("NFC", name))
            except UnicodeEncodeError:
                _say_not_graded(f"the name of folder {name!a} is no UTF-8 text: rename it")
        return tuple(sorted(set(found)))

    def open_submission(self, student: str, assignment: str) -> UntrustedFolder:
        """Open what a student handed in.

        Raises:
            DamagedNotebook: there is no folder, or a link stands somewhere in its place;
                or two have the student's name, and nobody can tell which is meant.
        """
        if len(self._spelt_as(student)) > 1:
            raise DamagedNotebook(
                f"two folders are called '{student}', one with composed letters: put what "
                "was handed in into one of them"
            )
        trusted = self.root / self.directory.submitted_directory
        below = self.submission(student, assignment).relative_to(trusted)
        return UntrustedFolder(trusted, *below.parts, is_alone=self._is_alone)

    def _is_alone(self, device: int, number: int) -> bool:
        """Whether one of a file's names is in this course; backups may have the others."""
        return self._names_of_linked[device, number] <= 1

    @cached_property
    def _names_of_linked(self) -> Counter[tuple[int, int]]:
        """How many names in this course's folder each file has that has several."""
        found: Counter[tuple[int, int]] = Counter()
        for folder, _, names in os.walk(self.root):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                if status.st_nlink > 1:
                    found[status.st_dev, status.st_ino] += 1
        return found

    def note_release(self, assignment: str) -> None:
        """Remember when an assignment first went out."""
        path = self._release_note(assignment)
        if not path.exists():
            write_atomically(path, datetime.now(UTC).isoformat() + "\n")

    def released_at(self, assignment: str) -> datetime | None:
        """Return when an assignment first went out; None if that was not noted."""
        try:
            text = self._release_note(assignment).read_text("utf-8")
            return datetime.fromisoformat(text.strip())
        except (OSError, ValueError):
            return None

    def _release_note(self, assignment: str) -> Path:
        return self.state / "released" / assignment

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


def _notebook(folder: Path) -> Path:
    """Return the notebook that makes a folder an assignment."""
    return folder / f"{folder.name}.ipynb"


def _where(error: BaseException) -> str:
    """Return in which line of which file a configuration ended; empty if nobody knows."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"'{error.filename}', line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    modules = [frame for frame in frames if frame.name == "<module>"]
    return f"'{modules[-1].filename}', line {modules[-1].lineno}" if modules else ""


def _said(error: BaseException) -> str:
    return str(error.msg if isinstance(error, SyntaxError) else error)


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


@lru_cache(maxsize=4)
def _by_student(folder: Path, written_ns: int) -> dict[str, list[str]]:
    """Return the entries of a folder, as it was written then, by the student's name."""
    names: dict[str, list[str]] = {}
    for name in sorted(os.listdir(folder)):
        names.setdefault(unicodedata.normalize("NFC", name), []).append(name)
    return names


def exercise_seed(secret: bytes, exercise_id: str) -> int:
    """Return the seed of an exercise's hidden inputs."""
    return int.from_bytes(hashlib.sha256(secret + exercise_id.encode()).digest()[:8])


@cache
def _say_not_graded(reason: str) -> None:
    """Say it on stderr, once: who handed in is asked for more than once."""
    print(f"grader: not graded: {reason}", file=sys.stderr)


def _shown(path: str) -> str:
    """Return a path in quotation marks; what cannot be printed, as codes."""
    return f"'{path}'" if path.isprintable() else ascii(path)
