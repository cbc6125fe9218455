"""The command ``publish``: everything students get, in one archive.

Lectures, released assignments, `utils` and what they need; never a solution, a hidden
test, an exercise or the grader.
"""

from __future__ import annotations

import io
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import metadata, requires, version
from pathlib import Path
from typing import Any

import grader
from grader.commands.release import released_files
from grader.course.files import write_atomically
from grader.course.folder import Course
from grader.errors import SourceError

ENGINE = "backprop-course"
"""The distribution that brings `grader` and `utils`."""
UTILS = Path(grader.__file__).parents[1] / "utils"
"""What notebooks import. It lies beside `grader`, installed or in the repository; asking
for a module of that name may find another one in the current folder."""
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
        SourceError: what was released is not what a release would write now, or holds a
            solution; or the course has another `utils`.
    """
    entries = dict(_entries(course))
    name = archive_name(course)
    to = to or course.root / f"{name}.zip"
    data = _zipped(name, entries)
    write_atomically(to, data)
    return to, len(entries)


def archive_name(course: Course) -> str:
    """Return the name of the archive's folder, and of its file without suffix."""
    return f"{course.directory.course_id or course.root.name}-course"


def _entries(course: Course) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file.

    Assignments and `utils` are there always, the rest if the course has it.
    """
    root = course.root
    for name, source in (
        ("README.md", "docs/students.md"),
        ("environment.yml", "environment.yml"),
        ("LICENSE", "LICENSE"),
        ("LICENSE-text", "LICENSE-text"),
    ):
        if (root / source).is_file():
            yield name, (root / source).read_bytes()
    yield "pyproject.toml", _students_project(course).encode()
    yield from _folder(root / "lectures")
    yield from _utils(root).items()
    for assignment in course.assignments():
        yield from _released(course, assignment).items()


def _utils(root: Path) -> dict[str, bytes]:
    """Return the files of the engine's `utils`, or of the course's own copy of it.

    Raises:
        SourceError: the course has another folder of that name.
    """
    engine, own = dict(_folder(UTILS)), dict(_folder(root / "utils"))
    missing = sorted(engine.keys() - own.keys())
    if own and missing:
        raise SourceError(
            f"'{root / 'utils'}' is a folder of the course's own, expected none of that "
            f"name or a copy of the grader's (it has no '{missing[0]}'): notebooks import "
            "their checks from 'utils', and would find this one. Rename it"
        )
    return own or engine


def _folder(folder: Path, below: str = "") -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _SKIPPED & set(path.parts):
            yield str(Path(below, path.relative_to(folder.parent))), path.read_bytes()


def _released(course: Course, assignment: str) -> dict[str, bytes]:
    """Return what was released, if it is what a release would write now."""
    folder = course.released(assignment).parent
    below = f"assignments/{folder.name}"
    files = released_files(course, assignment)
    expected = {f"{below}/{name}": data for name, data in files.items()}
    found = dict(_folder(folder, "assignments"))
    stale = [path for path, data in expected.items() if found.get(path) != data]
    if stale:
        names = ", ".join(Path(path).name for path in stale)
        raise SourceError(
            f"'{assignment}' was changed after its release ({names}): run 'grader release "
            f"{assignment}' first"
        )
    foreign = sorted(found.keys() - expected.keys())
    if foreign:
        raise SourceError(
            f"'{folder / Path(foreign[0]).relative_to(below)}' does not lie beside "
            f"'{course.source(assignment)}', and students would get it: run 'grader "
            f"release {assignment}'; if it stays, no release wrote it: delete it by hand"
        )
    return found


def _students_project(course: Course) -> str:
    """Return a pyproject.toml that installs `utils` and what notebooks need."""
    name, own = archive_name(course), course.root / "pyproject.toml"
    project: dict[str, Any] = {
        "name": name,
        "version": version(ENGINE),
        "description": f"The notebooks of {name}",
        "requires-python": metadata(ENGINE)["Requires-Python"],
        "dependencies": [r for r in requires(ENGINE) or [] if "extra ==" not in r],
    }
    if own.is_file():
        project |= tomllib.loads(own.read_text("utf-8")).get("project", {})
    needed = "".join(f"    {_quoted(name)},\n" for name in project["dependencies"])
    return (
        '[build-system]\nrequires = ["hatchling>=1.27"]\n'
        'build-backend = "hatchling.build"\n\n'
        f"[project]\nname = {_quoted(_project_name(project['name']))}\n"
        f"version = {_quoted(project['version'])}\n"
        f"description = {_quoted(project['description'])}\n"
        f"requires-python = {_quoted(project['requires-python'])}\n"
        f"dependencies = [\n{needed}]\n\n"
        '[tool.hatch.build.targets.wheel]\npackages = ["utils"]\n'
    )


def _project_name(course: str) -> str:
    """Return a name that packages may have: of a course's name what is allowed there."""
    allowed = re.sub(r"[^A-Za-z0-9._]+", "-", course).strip("._-")
    return f"{allowed or 'course'}-notebooks"


def _quoted(text: str) -> str:
    """Return a string of TOML: one of JSON, with letters of any kind as they are."""
    return json.dumps(text, ensure_ascii=False)


def _zipped(folder: str, entries: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(entries.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return data.getvalue()
