"""The command ``release``: the students' version of an assignment."""

from __future__ import annotations

from grader.blanks import released_versions
from grader.course import Course
from grader.files import write_atomically
from grader.gradebook import CourseGradebook
from grader.notebooks import read_source, write_text
from grader.source import load_assignment


def release(course: Course, assignment: str) -> bool:
    """Write the students' version and register the assignment with nbgrader.

    Returns:
        Whether the students' notebook changed.
    """
    course.require(assignment)
    versions = released_versions(
        read_source(course.source(assignment)), assignment, course.config
    )
    loaded = load_assignment(course, assignment)
    text = write_text(versions.public)
    path = course.released(assignment)
    changed = not path.is_file() or path.read_text(encoding="utf-8") != text
    if changed:
        write_atomically(path, text)
    for file_name, data in loaded.files.items():
        write_atomically(path.parent / file_name, data)
    course.secret()
    with CourseGradebook(course) as gradebook:
        gradebook.register(loaded)
    return changed
