"""What a box shows, as an allow-list of paths."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy

from grader.kernel.specs import PROFILES
from grader.sandbox.view import file_view

ROOT = Path(__file__).parents[2]
VIEW = file_view(extra=(ROOT / "utils",), hide=PROFILES["numpy"].hidden)


def shown(path: str | Path) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in VIEW.readable)


def test_libraries_interpreter_and_utils_are_shown() -> None:
    assert shown(numpy.__file__)
    assert shown(sys.base_prefix + "/lib")
    assert shown(ROOT / "utils" / "check.py")


def test_course_home_and_data_folders_are_not_shown() -> None:
    hidden = (ROOT, ROOT / "solutions", ROOT / "grader", Path.home(), "/etc/passwd")
    assert [path for path in hidden if shown(path)] == []
    assert not any(shown(p) for p in ("/tmp", "/var", "/run", "/srv", "/home", "/dev"))


def test_no_path_lies_inside_another() -> None:
    for path in VIEW.readable:
        assert sum(Path(path).is_relative_to(other) for other in VIEW.readable) == 1


def test_autograd_libraries_are_covered() -> None:
    for name in ("torch", "scipy"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            assert str(Path(spec.origin).parent) in VIEW.hidden
