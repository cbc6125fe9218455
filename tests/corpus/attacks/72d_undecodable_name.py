# attack: 72
# title: a folder name that is no text
# success: the batch ends
# kind: submission
# student: 'eve\udcff'
# batch: only
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
