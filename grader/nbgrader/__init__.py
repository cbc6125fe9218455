"""What nbgrader's own commands, its API and formgrader's buttons run in this course.

`configure(c)` in a course's `nbgrader_config.py` registers these classes, so that every
road is the grader's own:

    Autograde.exporter_class             ConfinedAutograde
    GenerateFeedback.exporter_class      FeedbackPages
    ExchangeFactory.release_feedback     ReleaseFeedback
    ExportApp.plugin_class               CsvExport (or CanvasExport, MoodleExport …)
    GenerateAssignment.preprocessors     SaveCells, in place of nbgrader's; StatePoints

Where the registration is missing (JupyterLab started from another folder), nbgrader's own
classes run instead; then nothing is graded, because the gradebook names a kernel that does
not exist (`grader.course.gradebook.NO_KERNEL`).
"""

from grader.nbgrader.converters import ConfinedAutograde, FeedbackPages
from grader.nbgrader.exchange import ReleaseFeedback
from grader.nbgrader.export import CanvasExport, CsvExport, GradescopeExport, MoodleExport
from grader.nbgrader.preprocessors import SaveCells, StatePoints
from grader.nbgrader.settings import configure

__all__ = [
    "CanvasExport",
    "ConfinedAutograde",
    "CsvExport",
    "FeedbackPages",
    "GradescopeExport",
    "MoodleExport",
    "ReleaseFeedback",
    "SaveCells",
    "StatePoints",
    "configure",
]
