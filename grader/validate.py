"""Run notebooks under nbval: stored outputs against those of a fresh kernel.

Lectures and solutions are compared output by output. Any other notebook is a student's:
`utils.validate`, which students have too, runs it and says what does not hold.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from grader.errors import UsageError

CELL_TIMEOUT_S = 120
"""nbval's own default is 2000 s, and a dead kernel is noticed only then."""
CONFINED = "course-confined-torch"
"""Kernelspec for notebooks that the instructor has not written."""


def notebooks(root: Path, wanted: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Return the notebooks that are meant: the course's own, and students'.

    Args:
        root: the course.
        wanted: files, or names of lectures and assignments; all of the course if empty.

    Raises:
        UsageError: a name matches nothing.
    """
    lectures = sorted((root / "lectures").glob("*.ipynb"))
    solutions = sorted((root / "solutions").glob("*/*.ipynb"))
    if not wanted:
        return lectures + solutions, []
    known = {path.stem: path.resolve() for path in lectures + solutions}
    own: list[Path] = []
    others: list[Path] = []
    for name in wanted:
        path = Path(name).resolve() if Path(name).is_file() else known.get(Path(name).name)
        if path is None:
            raise UsageError(f"no notebook '{name}'; there are: {', '.join(known)}")
        (own if path in known.values() else others).append(path)
    return own, others


def validate(root: Path, wanted: Sequence[str], *, kernel: str = "") -> int:
    """Execute notebooks in fresh kernels and say what does not hold.

    Args:
        root: the course.
        wanted: paths, or names of lectures and assignments; all if empty.
        kernel: kernelspec; if empty, the course's notebooks name their own, and
            students' run confined.

    Returns:
        0 if everything holds, 1 otherwise.
    """
    own, others = notebooks(root, wanted)
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT_S}"]
    command += [f"--nbval-kernel-name={kernel}"] if kernel else []
    command += ["-o", "addopts=", "-o", "filterwarnings=ignore"]
    runs = []
    if own:
        runs.append([*command, *map(str, own)])
    if others:
        check = [sys.executable, "-m", "utils.validate", "--kernel", kernel or CONFINED]
        runs.append([*check, *map(str, others)])
    codes = [subprocess.run(run, cwd=root, check=False).returncode for run in runs]
    return 1 if any(codes) else 0
