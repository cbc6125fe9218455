"""The floor: what the cells of submissions take without Jupyter, grader or box.

The arguments are notebooks: `python -m benchmarks.floor NOTEBOOK...`.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path


def exec_cells(notebook: bytes) -> list[Exception]:
    """Run the cells of a submission without tests in this process; return what failed."""
    names: dict[str, object] = {"__name__": "__main__"}
    errors = []
    for cell in json.loads(notebook)["cells"]:
        nbgrader = cell["metadata"].get("nbgrader", {})
        test = nbgrader.get("grade") and not nbgrader.get("solution")
        if cell["cell_type"] == "code" and not test:
            try:
                with redirect_stdout(StringIO()):
                    exec("".join(cell["source"]), names)
            except Exception as error:
                errors.append(error)
    return errors


if __name__ == "__main__":
    for path in sys.argv[1:]:
        exec_cells(Path(path).read_bytes())
