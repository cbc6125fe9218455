"""Run the notebooks as other processors would: ``python tests/notebooks/processors.py``.

Another processor, another BLAS or another number of threads rounds the last bit in another
way, and long training runs amplify it. Each setting here makes this machine round as some
other one does. Notebooks that train run under all of them, the others once, all of them
under nbval against their stored outputs. The table says which cell differs under which
setting.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from grader.commands.validate import runnable
from grader.course.folder import open_course

ROOT = Path(__file__).resolve().parents[2]
COURSE = open_course(ROOT)
CELL_TIMEOUT_S = 300
TRAINS = re.compile(
    r"torch\.optim\b|\bepochs?\b|\bdef (train|fit|learn|descend)\w*|\brange\(\d{3,}\)"
)
"""What the code of a notebook that trains mentions. One too many costs seconds only."""
NBVAL = (
    *(sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"),
    *("-p", "utils.nbval_kernels", "-o", "addopts=", "-o", "filterwarnings=ignore"),
)
NUDGE = Path(__file__).with_name("nudge.py")
"""IPython start-up file that disturbs the last bit."""


def settings() -> dict[str, dict[str, str]]:
    """Return the environment of every setting by its name, the native one first."""
    found = {
        "native": {},
        "torch default": {"ATEN_CPU_CAPABILITY": "default"},
        "torch avx2": {"ATEN_CPU_CAPABILITY": "avx2"},
        "mkl avx2": {"MKL_ENABLE_INSTRUCTIONS": "AVX2"},
        "mkl sse4.2": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
        "onednn sse4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
        "numpy narrow": {"NPY_DISABLE_CPU_FEATURES": " ".join(wide_instructions())},
    }
    for name, threads in (("one thread", "1"), ("two threads", "2")):  # OpenBLAS: as it is
        found[name] = {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    for seed in (1, 2, 3):
        found[f"last bit {seed}"] = {"NUDGE_SEED": str(seed)}
    return {
        name: found[name] for name in found if name != "numpy narrow" or wide_instructions()
    }


def wide_instructions() -> list[str]:
    """Return the instruction sets that NumPy found here beyond those it was built for."""
    import numpy as np

    return list(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))


@dataclass(frozen=True)
class Run:
    """One notebook under one setting."""

    notebook: Path
    setting: str
    failures: Mapping[int, str]
    """Reason by the position of the cell among the code cells, from 0."""


def trains(notebook: Path) -> bool:
    """Whether the code of a notebook may depend on a training run."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return any(
        TRAINS.search("".join(cell["source"]))
        for cell in cells
        if cell["cell_type"] == "code"
    )


def run(notebook: Path, setting: str, environment: Mapping[str, str]) -> Run:
    """Execute a notebook under nbval and return the cells that do not hold."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.xml")
        variables = {**os.environ, **environment}
        if "NUDGE_SEED" in environment:
            variables["IPYTHONDIR"] = str(nudging(Path(folder)))
        command = [
            *NBVAL,
            f"--nbval-cell-timeout={CELL_TIMEOUT_S}",
            f"--junitxml={results}",
        ]
        with runnable(COURSE, [notebook]) as paths:  # a solution without hidden tests
            ended = subprocess.run(
                [*command, *map(str, paths)],
                cwd=ROOT,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
        if ended.returncode in (0, 1):
            ran = Run(notebook, setting, failures(results))
        else:
            ran = Run(notebook, setting, {-1: (ended.stdout + ended.stderr)[-2000:]})
    said = ", ".join(cell_name(notebook, k) for k in ran.failures) or "ok"
    print(f"{notebook.stem}, {setting}: {said}", file=sys.stderr, flush=True)
    return ran


def nudging(folder: Path) -> Path:
    """Return a folder for IPython whose kernels start with `NUDGE`."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / NUDGE.name).symlink_to(NUDGE)
    return folder


def failures(results: Path) -> dict[int, str]:
    """Read the reasons of failed cells from a JUnit file of nbval."""
    found = {}
    for case in ElementTree.parse(results).iter("testcase"):
        for problem in (*case.iter("failure"), *case.iter("error")):
            position = re.search(r"\d+$", case.get("name", ""))
            found[int(position[0]) if position else -1] = problem.text or ""
    return found


def cell_name(notebook: Path, position: int) -> str:
    """Return the id of a code cell."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell["id"] for cell in cells if cell["cell_type"] == "code"]
    return code[position] if position >= 0 else "(the whole notebook)"


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return f"{names[0] if names else platform.processor()} ({platform.machine()})"


def table(runs: Sequence[Run], names: Sequence[str]) -> str:
    """Return how many runs of each notebook held under each setting, and what did not."""
    lines = [f"processor: {processor()}", ""]
    lines.append(f"{'notebook':34}" + "  ".join(names))
    for notebook in dict.fromkeys(run.notebook for run in runs):
        marks = []
        for name in names:
            mine = [r for r in runs if (r.notebook, r.setting) == (notebook, name)]
            held = sum(not r.failures for r in mine)
            mark = f"{held}/{len(mine)}" if mine else "-"
            marks.append(f"{mark:{len(name)}}")
        lines.append(f"{notebook.stem:34}" + "  ".join(marks))
    for ran in runs:
        for position, reason in ran.failures.items():
            where = cell_name(ran.notebook, position)
            lines.append(f"\n{ran.notebook.stem}, cell '{where}', under {ran.setting}:")
            lines += [f"    {line}" for line in reason.strip().splitlines()[-12:]]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, print the table; 0 if every cell holds everywhere."""
    known = settings()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="all if none is named")
    parser.add_argument("--setting", action="append", choices=known, default=[])
    parser.add_argument("--times", type=int, default=1, help="runs of each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only-training", action="store_true")
    chosen = parser.parse_args(arguments)
    names = chosen.setting or list(known)
    notebooks = [path.resolve() for path in chosen.notebooks] or [
        *sorted(ROOT.glob("lectures/*.ipynb")),
        *sorted(ROOT.glob("solutions/*/*.ipynb")),
    ]
    plan = [
        (notebook, name, known[name])
        for notebook in notebooks
        for name in (names if trains(notebook) else names[:1])
        for _ in range(chosen.times)
        if trains(notebook) or not chosen.only_training
    ]
    with ThreadPoolExecutor(chosen.jobs) as pool:
        runs = list(pool.map(lambda job: run(*job), plan))
    print(table(runs, names))
    failed = sum(bool(ran.failures) for ran in runs)
    print(f"\n{len(runs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
