"""nbgrader's Autograde and GenerateFeedback, carried out by the `grader` command.

nbgrader constructs a converter's exporter just before it converts, so an exporter can take
the conversion over. It has to: nbgrader's own steps would delete `autograded/`, follow
links of a submission and create students before any preprocessor is asked. The command
runs in a process of its own, exactly as on a terminal; if it fails, nothing was touched.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from nbconvert.exporters import Exporter, HTMLExporter, NotebookExporter
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from traitlets import Enum

from grader.course.folder import Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.errors import GraderError

_DIRECTORIES = (
    *("db_url", "source_directory", "submitted_directory"),
    *("autograded_directory", "feedback_directory"),
)
_LAST_CHARACTERS = 4000
"""Of what the command printed, in an error."""


class _TakesOver(Exporter):
    """An exporter that replaces the conversion of the converter it is made for."""

    converter: ClassVar[type[BaseConverter]]
    command: ClassVar[str]
    """What to type instead."""

    def __init__(self, *args: Any, parent: Any = None, **options: Any) -> None:
        super().__init__(*args, parent=parent, **options)
        if isinstance(parent, self.converter):
            parent.convert_notebooks = lambda: self._convert(parent)

    def _convert(self, converter: Any) -> None:
        try:
            self.carry_out(converter)
        except (NbGraderException, GraderError) as error:
            converter.log.error("%s", error)  # nbgrader's commands print nothing else
            raise NbGraderException(str(error)) from None

    def carry_out(self, converter: Any) -> None:
        """Do for all chosen students what the converter was asked for."""
        raise NotImplementedError

    def from_notebook_node(self, *_: Any, **__: Any) -> NoReturn:
        """Never convert file by file: that is nbgrader's own, unprotected road."""
        raise NbGraderException(f"this course is graded by '{self.command}'")


class ConfinedAutograde(_TakesOver, NotebookExporter):
    """Autograding in the box, for `nbgrader autograde`, its API and formgrader."""

    converter = Autograde
    command = "grader autograde"
    isolation = Enum(
        ("full", "namespaces", "none"),
        default_value="namespaces",
        help="The least confinement of student code that is accepted.",
    ).tag(config=True)

    def carry_out(self, converter: Autograde) -> None:
        """Grade; scores, notebooks and reasons are written by the command."""
        course = _course(converter)
        if not converter.create_student:
            _require_known(course, converter)
        options = ("--isolation", self.isolation)
        _for_each_assignment(converter, course, "autograde", course.students, options)


class FeedbackPages(_TakesOver, HTMLExporter):
    """The product's own pages, for `nbgrader generate_feedback`, its API and formgrader."""

    converter = GenerateFeedback
    command = "grader feedback"

    def carry_out(self, converter: GenerateFeedback) -> None:
        """Write the pages of those who were graded."""
        course = _course(converter)
        _for_each_assignment(converter, course, "feedback", course.graded, ())


def _course(converter: Any) -> Course:
    """Return the course a converter works on.

    Raises:
        CourseError: the folder is no course.
        NbGraderException: its folders are not those of its own configuration, which is
            what the command reads.
    """
    wanted = converter.coursedir
    course = open_course(Path(wanted.root or "."))
    for name in _DIRECTORIES:
        if getattr(course.directory, name) != getattr(wanted, name):
            raise NbGraderException(
                f"CourseDirectory.{name} is {getattr(wanted, name)!r} here and "
                f"{getattr(course.directory, name)!r} in {course.root}: set it in the "
                "course's nbgrader_config.py, which every command reads"
            )
    return course


def _require_known(course: Course, converter: Autograde) -> None:
    for name in _assignments(converter, course):
        with CourseGradebook(course) as gradebook:
            known = {mark.student for mark in gradebook.marks(name)}
        unknown = [s for s in _chosen(converter, course.students(name)) if s not in known]
        if unknown:
            raise NbGraderException(
                f"not on the class list, so nobody was graded: {', '.join(unknown)}"
            )


def _for_each_assignment(
    converter: Any,
    course: Course,
    verb: str,
    present: Callable[[str], Sequence[str]],
    options: Sequence[str],
) -> None:
    """Run a verb of `grader` for every assignment and student that is meant."""
    for name in _assignments(converter, course):
        everyone = present(name)
        chosen = _chosen(converter, everyone)
        if not chosen:
            raise NbGraderException(f"nobody to do this for in {name}")
        if chosen != list(everyone):
            options = [*options, *(f"--student={student}" for student in chosen)]
        _run(converter, course, verb, name, options)


def _assignments(converter: Any, course: Course) -> list[str]:
    pattern = converter.coursedir.assignment_id
    found = [name for name in course.assignments() if fnmatchcase(name, pattern)]
    if not found:
        known = ", ".join(course.assignments()) or "none"
        raise NbGraderException(f"no assignment '{pattern}'; there are: {known}")
    return found


def _chosen(converter: Any, present: Sequence[str]) -> list[str]:
    """Return the students nbgrader was told to look at."""
    directory = converter.coursedir
    left_out = set(filter(None, directory.student_id_exclude.split(",")))
    wanted = directory.student_id or "*"
    return [
        student
        for student in present
        if student not in left_out and (student == wanted or fnmatchcase(student, wanted))
    ]


def _run(
    converter: Any, course: Course, verb: str, name: str, options: Sequence[str]
) -> None:
    """Run one command; what it prints goes to nbgrader's log.

    Raises:
        NbGraderException: it did not end well.
    """
    command = [sys.executable, "-P", "-m", "grader.cli", verb, name, *options]
    command += ["--course", str(course.root)]
    converter.log.info("grader %s %s %s", verb, name, " ".join(options))
    done = subprocess.run(
        command,
        cwd="/",  # nothing in the current folder is imported or read
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    converter.log.info("%s", done.stdout)
    if done.returncode:
        said = done.stdout[-_LAST_CHARACTERS:]
        raise NbGraderException(f"'grader {verb} {name}' did not end well:\n{said}")
