# attack: 60
# title: a notebook of format 3 with impossible worksheets
# success: the batch ends
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": [], "worksheets": [7, {}, None]}
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(old))
