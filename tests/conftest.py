"""A small released course, for everything that looks at a submission."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.course import CONFIG_NAME, Course, open_course
from grader.model import Assignment
from grader.release import release
from grader.source import load_assignment

ROOT = Path(__file__).parents[1]
NAME = "a07_backpropagation"


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of one assignment, released."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / CONFIG_NAME, root)
    shutil.copytree(ROOT / "solutions" / NAME, root / "solutions" / NAME)
    made = open_course(root)
    release(made, NAME)
    return made


@pytest.fixture(scope="session")
def assignment(course: Course) -> Assignment:
    """Its assignment, with the table of exercises."""
    return load_assignment(course, NAME)
