# attack: 60
# title: UTF-16, with NUL
# success: the batch ends
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    text = json.dumps(notebook).encode("utf-16")
    (folder / "a07_backpropagation.ipynb").write_bytes(text + b"\0" * 100)
