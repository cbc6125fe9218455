"""An assignment for NumPy alone refuses what would do the work, in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.assignment import load_assignment
from grader.course.folder import open_course
from grader.kernel.driver import Allowance, BoxDriver
from grader.limits import Limits
from utils.libraries import OTHERS, only_numpy, refusal

ROOT = Path(__file__).resolve().parents[2]
COURSE = open_course(ROOT)
IMPORT = """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance()
{before}
from utils import libraries
libraries.only_numpy()
libraries.only_numpy()
import numpy, matplotlib, random
try:
    {code}
except ImportError as error:
    print(type(error).__name__, error.name, error)
"""


def tried(code: str, before: str = "") -> str:
    """Return what an import says in a kernel of a student's machine."""
    program = IMPORT.format(code=code, before=before)
    command = [sys.executable, "-c", program]
    return subprocess.check_output(command, text=True, cwd=ROOT).strip()


@pytest.mark.parametrize("name", ["torch", "scipy", "sympy", "jax", "autograd"])
def test_a_library_is_refused_whether_it_is_installed_or_not(name: str) -> None:
    assert tried(f"import {name}") == f"ModuleNotFoundError {name} {refusal(name)}"


@pytest.mark.parametrize(
    "code",
    ["import torch.nn as nn", "from torch import nn", "__import__('torch')"],
)
def test_every_way_of_importing_is(code: str) -> None:
    assert refusal("torch") in tried(code)


def test_what_was_imported_before_is_refused_from_now_on() -> None:
    assert refusal("torch") in tried("import torch", before="import torch")


def test_a_library_with_a_similar_name_is_not() -> None:
    assert tried("import this_is_torch") == (
        "ModuleNotFoundError this_is_torch No module named 'this_is_torch'"
    )


def test_outside_of_a_kernel_nothing_is_refused() -> None:
    before = list(sys.meta_path)
    only_numpy()
    assert sys.meta_path == before


@pytest.mark.parametrize("name", COURSE.assignments())
def test_the_first_cell_of_an_assignment_says_what_it_may_use(name: str) -> None:
    assignment = load_assignment(COURSE, name)
    code = next(cell for cell in assignment.cells if cell.cell_type == "code")
    only = assignment.profile == "numpy"
    assert ("libraries.only_numpy()" in code.source) == only
    words = "NumPy and Python's own; others are refused" if only else "NumPy, PyTorch"
    assert f"**Libraries.** {words}" in assignment.cells[0].source


@pytest.mark.kernel
@pytest.mark.parametrize("profile", ["numpy", "torch"])
def test_a_box_refuses_in_the_same_words(profile: str, can_confine: None) -> None:
    with BoxDriver(Limits(), profile=profile, isolation="namespaces") as box:
        box.run("from utils import libraries\nlibraries.only_numpy()", Allowance(10))
        for name in OTHERS:
            (error,) = box.run(f"import {name}", Allowance(10)).outputs
            assert error["evalue"] == refusal(name)
