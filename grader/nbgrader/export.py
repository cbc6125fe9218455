"""The tables of `grader export` as plug-ins for `nbgrader export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from nbgrader.plugins import ExportPlugin

from grader.course.folder import Course, open_course
from grader.course.gradebook import in_gradebook
from grader.errors import GraderError
from grader.report.exports import export


class CsvExport(ExportPlugin):  # type: ignore[misc]
    """One line per student and assignment, as `grader export --format csv` writes it."""

    form: ClassVar[str] = "csv"

    def export(self, gradebook: Any) -> None:
        """Write the table.

        Args:
            gradebook: nbgrader's, open; the course's own is read instead.

        Raises:
            SystemExit: it cannot be written; the log says why.
        """
        try:
            self._write(open_course(Path(self.parent.coursedir.root or ".")))
        except GraderError as error:
            self.log.error("%s", error)  # nbgrader would print a traceback
            raise SystemExit(1) from None

    def _write(self, course: Course) -> None:
        names, left_out = in_gradebook(course, [str(name) for name in self.assignment])
        files, remarks = export(
            course,
            names,
            self.form,
            Path(self.to) if self.to else None,
            students=[str(student) for student in self.student],
        )
        for remark in (*left_out, *remarks):
            self.log.warning(remark)
        self.log.info("%s", files[0] if len(files) == 1 else f"{len(files)} files")


class CanvasExport(CsvExport):
    """For Canvas: Grades > Import."""

    form = "canvas"


class MoodleExport(CsvExport):
    """For Moodle: Grades > Import > CSV file."""

    form = "moodle"


class GradescopeExport(CsvExport):
    """One ``results.json`` per submission, as Gradescope's autograders write it."""

    form = "gradescope"
