# attack: 120
# title: a time of fifty nines, which Python's decimal numbers refuse
# success: grading ends for the whole class
# kind: submission
# unshown: what reads dates in a class is nbgrader; tests/grading/test_one_submission.py grades one
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    (folder / "timestamp.txt").write_text("12:" + "9" * 50)
