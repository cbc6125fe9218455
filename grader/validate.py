"""Run notebooks under nbval: stored outputs against those of a fresh kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grader.errors import UsageError

CELL_TIMEOUT_S = 120
"""nbval's own default is 2000 s, and a dead kernel is noticed only then."""


def notebooks(root: Path, wanted: list[str]) -> list[Path]:
    """Return the notebooks that are meant: files, names, or all of the course.

    Raises:
        UsageError: a name matches nothing.
    """
    lectures = sorted((root / "lectures").glob("*.ipynb"))
    solutions = sorted((root / "solutions").glob("*/*.ipynb"))
    if not wanted:
        return lectures + solutions
    known = {path.stem: path for path in lectures + solutions}
    found = []
    for name in wanted:
        path = Path(name) if Path(name).is_file() else known.get(Path(name).name)
        if path is None:
            raise UsageError(f"no notebook '{name}'; there are: {', '.join(known)}")
        found.append(path)
    return found


def validate(root: Path, wanted: list[str], *, kernel: str = "") -> int:
    """Execute notebooks in fresh kernels and compare every stored output.

    Args:
        root: the course.
        wanted: paths, or names of lectures and assignments; all if empty.
        kernel: kernelspec to use instead of the notebooks' own.

    Returns:
        0 if every cell gave its stored output, 1 otherwise.
    """
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT_S}"]
    command += [f"--nbval-kernel-name={kernel}"] if kernel else []
    paths = [str(path.resolve()) for path in notebooks(root, wanted)]
    options = ["-o", "addopts=", "-o", "filterwarnings=ignore"]
    finished = subprocess.run([*command, *options, *paths], cwd=root, check=False)
    return 1 if finished.returncode else 0
