"""The tool that runs notebooks as other processors would notices what differs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import processors
import pytest
import torch

LECTURES = processors.ROOT / "lectures"
TRANSPORT = """import json, ipykernel.connect
print(json.loads(ipykernel.connect.get_connection_info())["transport"])"""
"""Socket files: kernels that start side by side do not compete for ports."""
NUMBERS = [0.1, 0.2, 0.3, 0.4]


def notebook_of(folder: Path, cells: dict[str, tuple[str, str]]) -> Path:
    """Write a notebook of code cells that print, with what they printed."""
    made = nbformat.v4.new_notebook()
    for count, (name, (source, printed)) in enumerate(cells.items(), start=1):
        output = nbformat.v4.new_output("stream", name="stdout", text=printed)
        made.cells.append(
            nbformat.v4.new_code_cell(
                source, id=name, outputs=[output], execution_count=count
            )
        )
    path = folder / "small.ipynb"
    nbformat.write(made, path)
    return path


@pytest.mark.slow
@pytest.mark.kernel
def test_a_cell_that_differs_is_named_with_its_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = 'import os\nprint(os.environ.get("ATEN_CPU_CAPABILITY", "as it is"))'
    rounded = f"import torch\nprint(torch.tensor({NUMBERS}).tanh().tolist())"
    path = notebook_of(
        tmp_path,
        {
            "same": ("for epoch in range(3):\n    print(epoch)", "0\n1\n2\n"),
            "reached": (TRANSPORT, "ipc\n"),
            "asked": (asked, "as it is\n"),
            "rounded": (rounded, f"{torch.tensor(NUMBERS).tanh().tolist()}\n"),
        },
    )
    settings = ("native", "torch default", "last bit 1")
    chosen = [word for name in settings for word in ("--setting", name)]
    assert processors.main([str(path), *chosen]) == 1
    said = capsys.readouterr()
    assert "small, cell 'asked', under torch default:" in said.out
    assert "small, cell 'rounded', under last bit 1:" in said.out
    assert "cell 'same'" not in said.out
    assert "under native" not in said.out
    (line,) = (line for line in said.out.splitlines() if line.startswith("small  "))
    assert line.split() == ["small", "1/1", "0/1", "0/1"]
    assert "small, native: ok" in said.err


@pytest.mark.slow
@pytest.mark.kernel
def test_a_notebook_that_holds_everywhere_ends_well(tmp_path: Path) -> None:
    cells = {"sum": ("epochs = 2\nprint(1 + epochs)", "3\n")}
    path = notebook_of(tmp_path, cells)
    assert processors.main([str(path), "--setting", "last bit 1", "--times", "2"]) == 0


def test_what_trains_is_found() -> None:
    trains = {path.stem[:2] for path in LECTURES.glob("*.ipynb") if processors.trains(path)}
    assert {"06", "10", "11", "12", "13", "14", "15"} <= trains
    assert "00" not in trains
    assert not processors.trains(processors.COURSE.source("a01_language"))


def test_settings_disable_what_numpy_found() -> None:
    disabled = processors.settings().get("numpy narrow", {}).values()
    features = np._core._multiarray_umath.__cpu_features__
    for name in " ".join(disabled).split():
        assert features[name], name


def test_openblas_stays_as_the_machine_has_it() -> None:
    variables = {name for chosen in processors.settings().values() for name in chosen}
    assert not any(name.startswith("OPENBLAS") for name in variables)
    assert {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "MKL_ENABLE_INSTRUCTIONS"} <= variables
