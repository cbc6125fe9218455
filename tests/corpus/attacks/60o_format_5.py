# attack: 60
# title: a notebook of format 5, and of formats that are no numbers
# success: the batch ends
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    notebook["nbformat"] = int("9" * 4000)
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps({"nbformat": 5}))
