# attack: 60
# title: ten thousand cells
# success: the grader is busy past every limit
# kind: submission
# status: pending
# unshown: costs time instead of forging
import json


def build(folder, notebook):
    notebook["cells"] += [code_cell("import time; time.sleep(1)")] * 10_000
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
