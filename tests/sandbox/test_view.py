"""What a box shows, as an allow-list of paths."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import numpy
import pytest

from grader.kernel.specs import PROFILES
from grader.sandbox import view
from grader.sandbox.view import file_view, is_inside

ROOT = Path(__file__).parents[2]
VIEW = file_view(extra=(ROOT / "utils",), packages=PROFILES["numpy"].packages)


def shown(path: str | Path) -> bool:
    folders = VIEW.inside if is_inside(str(path), VIEW.covered) else VIEW.readable
    return is_inside(str(path), folders)


def test_libraries_interpreter_and_utils_are_shown() -> None:
    assert shown(numpy.__file__)
    assert shown(os.__file__)
    assert shown(ROOT / "utils" / "check.py")


def test_course_home_and_data_folders_are_not_shown() -> None:
    hidden = (ROOT, ROOT / "solutions", ROOT / "grader", Path.home(), "/etc/passwd")
    assert [path for path in hidden if shown(path)] == []
    assert not any(shown(p) for p in ("/tmp", "/var", "/run", "/srv", "/home", "/dev"))


def test_no_path_lies_inside_another() -> None:
    for paths in (VIEW.readable, VIEW.inside):
        for path in paths:
            assert sum(Path(path).is_relative_to(other) for other in paths) == 1


@pytest.mark.parametrize(
    "name", ["torch", "scipy", "sympy", "mpmath", "sklearn", "nbgrader"]
)
def test_packages_of_other_profiles_are_not_shown(name: str) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        pytest.skip(f"{name} is not installed")
    assert is_inside(spec.origin, VIEW.covered)
    assert not shown(spec.origin)


def test_packages_of_the_interpreter_behind_an_environment_are_covered() -> None:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    behind = Path(os.path.realpath(sys.base_prefix), "lib", version, "site-packages")
    if sys.prefix == sys.base_prefix or not behind.is_dir():
        pytest.skip("this Python is no environment of another one")
    assert str(behind) in VIEW.covered
    assert not any(is_inside(path, [str(behind)]) for path in VIEW.inside)


def test_every_folder_of_packages_is_covered_whoever_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of other versions, under a second name, and one that is put beside the libraries."""
    root = tmp_path / "lib"
    names = ("python3.9/site-packages", "python3/dist-packages", "site-packages")
    names += ("program/deep/below/lib/python2/site-packages",)
    for name in names:
        (root / name / "hidden").mkdir(parents=True)
    (root / "python3.10").symlink_to("python3.9")
    monkeypatch.setattr(view, "_SYSTEM", (str(root),))
    made = file_view(extra=(), packages=())
    assert str(root) in made.readable
    for name in names:
        assert str(root / name) in made.covered
    assert not any("python3.10" in path for path in made.covered)
    assert made.inside == ()
