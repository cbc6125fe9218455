# attack: 60
# title: metadata, cells and sources of impossible types
# success: the batch ends
# kind: submission
# status: either
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    odd = [None, [], 7, "x", [[1]], {"nbgrader": 7}, {"nbgrader": {"grade_id": {}}}, True]
    cells = [{"cell_type": o, "metadata": o, "source": o, "id": o} for o in odd]
    for cell, value in zip(notebook["cells"], odd * 9, strict=False):
        if cell["cell_type"] == "markdown":
            cell["metadata"] = value
    notebook["cells"] += [*odd, *cells, {"source": [1, None, "print(1)"]}]
    notebook["metadata"] = 7
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
