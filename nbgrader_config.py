"""nbgrader's settings for this course; read by nbgrader and by the `grader` command."""

from grader.nbgrader import configure

c = get_config()  # noqa: F821  (provided by the loader)

c.CourseDirectory.course_id = "backprop"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# Releasing, grading, feedback and export are the grader's own, whoever starts them; the
# exercises beside a notebook are never copied (see grader/nbgrader/).
configure(c)
