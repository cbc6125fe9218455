"""The command ``publish``: everything students get, in one archive.

Lectures, released assignments, `utils` and what they need; never a solution, a hidden
test, a table of exercises or the grader.
"""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.blanks import released_versions
from grader.course import Course
from grader.errors import CourseError, SourceError
from grader.files import write_atomically
from grader.notebooks import read_source, write_text

NAME = "backprop-course"
"""Folder inside the archive, and its file's name."""
FORBIDDEN = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME", "import grade")
"""What no released notebook contains."""
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}
_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every entry: the same content gives the same bytes."""


def publish(course: Course, to: Path | None = None) -> tuple[Path, int]:
    """Write the students' archive.

    Args:
        course: a course whose assignments have been released.
        to: the file; by default in the course's folder.

    Returns:
        The file, and how many files are in it.

    Raises:
        CourseError: something that belongs into it is missing.
        SourceError: a released notebook is not that of its source, or holds a solution.
    """
    entries = dict(_entries(course))
    to = to or course.root / f"{NAME}.zip"
    data = _zipped(entries)
    write_atomically(to, data)
    return to, len(entries)


def _entries(course: Course) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file."""
    root = course.root
    for name, source in (
        ("README.md", "docs/students.md"),
        ("environment.yml", "environment.yml"),
        ("LICENSE", "LICENSE"),
        ("LICENSE-text", "LICENSE-text"),
    ):
        yield name, _read(root / source)
    yield "pyproject.toml", _students_project(root).encode()
    for folder in ("lectures", "utils"):
        yield from _folder(root, root / folder)
    for assignment in course.assignments():
        _require_current(course, assignment)
        yield from _folder(root, course.released(assignment).parent, "assignments")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(
            f"'{path}' is missing: the archive is made in the folder of the whole course"
        ) from None


def _folder(root: Path, folder: Path, below: str = "") -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        raise CourseError(f"'{folder}' is missing: what students get is not complete")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _SKIPPED & set(path.parts):
            inside = path.relative_to(folder.parent if below else root)
            yield str(Path(below, inside)), path.read_bytes()


def _require_current(course: Course, assignment: str) -> None:
    """Make sure that what students get is what a release would write now."""
    source = read_source(course.source(assignment))
    expected = write_text(released_versions(source, assignment, course.config).public)
    path = course.released(assignment)
    if not path.is_file() or path.read_text("utf-8") != expected:
        raise SourceError(
            f"'{assignment}' was changed after its release: run 'grader release "
            f"{assignment}' first"
        )
    for word in FORBIDDEN:
        if word in expected:
            raise SourceError(f"'{path}' holds '{word}': nothing was written")


def _students_project(root: Path) -> str:
    """Return a pyproject.toml that installs `utils` and what notebooks need."""
    project = tomllib.loads(_read(root / "pyproject.toml").decode())["project"]
    needed = "".join(f'    "{name}",\n' for name in project["dependencies"])
    return (
        '[build-system]\nrequires = ["hatchling>=1.27"]\n'
        'build-backend = "hatchling.build"\n\n'
        f'[project]\nname = "{project["name"]}-notebooks"\n'
        f'version = "{project["version"]}"\n'
        f'description = "{project["description"]}"\n'
        f'requires-python = "{project["requires-python"]}"\n'
        f"dependencies = [\n{needed}]\n\n"
        '[tool.hatch.build.targets.wheel]\npackages = ["utils"]\n'
    )


def _zipped(entries: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(entries.items()):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return data.getvalue()
