"""The settings that make every road of nbgrader's the grader's own."""

from __future__ import annotations

from typing import Any

from grader.course.assignment import IGNORED


def configure(c: Any) -> None:
    """Set what a course's ``nbgrader_config.py`` needs; what it sets later counts.

    Args:
        c: what ``get_config()`` returns there.
    """
    c.CourseDirectory.ignore = [*IGNORED, "*.pyc"]
    # Blanks say which task they belong to; marked cells remember what they should print.
    c.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.LockCells",
        "grader.course.blanks.NamedBlanks",
        "grader.course.blanks.KeepReferences",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "grader.nbgrader.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
        "grader.nbgrader.StatePoints",
    ]
    c.Autograde.exporter_class = "grader.nbgrader.ConfinedAutograde"
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = []
    c.GenerateFeedback.exporter_class = "grader.nbgrader.FeedbackPages"
    c.GenerateFeedback.preprocessors = []
    c.ExchangeFactory.release_feedback = "grader.nbgrader.ReleaseFeedback"
    c.ExportApp.plugin_class = "grader.nbgrader.CsvExport"
    # Whatever a student's cells print or write cannot run in the browser of a grader.
    c.HTMLExporter.sanitize_html = True
