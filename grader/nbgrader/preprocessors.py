"""Steps of nbgrader's own that this course replaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors

from grader.course.assignment import load_exercises
from grader.course.folder import open_course
from grader.course.gradebook import NO_KERNEL
from grader.course.points_line import state_points


class StatePoints(preprocessors.NbGraderPreprocessor):  # type: ignore[misc]
    """Says below each task what its points are for, as `grader release` does."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add the lines where nbgrader itself converts; in memory, the release does."""
        if self.parent is not None:
            course = open_course(Path(self.parent.parent.coursedir.root or "."))
            name = resources["nbgrader"]["assignment"]
            state_points(nb, load_exercises(course, name).files)
        return nb, resources


class SaveCells(preprocessors.SaveCells):  # type: ignore[misc]
    """nbgrader's SaveCells, which notes a kernel that does not exist.

    Stock `nbgrader autograde` runs submissions in the kernel the gradebook names: with
    this one it ends with nothing recorded (see `grader.nbgrader`).
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the cells; the notebook keeps its own kernel.

        The course notes when the assignment went out, as `grader release` does.
        """
        course = open_course(Path(self.parent.parent.coursedir.root or "."))
        course.secret()
        course.note_release(resources["nbgrader"]["assignment"])
        own = nb.metadata.get("kernelspec")
        nb.metadata["kernelspec"] = dict(NO_KERNEL)
        try:
            return super().preprocess(nb, resources)
        finally:
            if own is None:
                del nb.metadata["kernelspec"]
            else:
                nb.metadata["kernelspec"] = own
