"""nbgrader's settings for this course; read by nbgrader and by the `grader` command."""

from grader.nbgrader import configure

c = get_config()  # noqa: F821  (provided by the loader)

c.CourseDirectory.course_id = "course"
configure(c)
