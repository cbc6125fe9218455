"""nbgrader's settings for this course; read by nbgrader and by the `grader` command."""

c = get_config()  # noqa: F821  (provided by the loader)

c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# Blanks say which task they belong to; marked cells remember what they should print.
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "grader.blanks.NamedBlanks",
    "grader.blanks.KeepReferences",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Whatever a student's cells print or write cannot run in the browser of a grader.
c.HTMLExporter.sanitize_html = True
