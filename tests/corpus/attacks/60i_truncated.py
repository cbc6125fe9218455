# attack: 60
# title: a notebook that was cut off
# success: the batch ends
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    text = json.dumps(notebook)
    (folder / "a07_backpropagation.ipynb").write_text(text[: len(text) // 2])
