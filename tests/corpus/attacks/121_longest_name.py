# attack: 121
# title: a student's folder has the longest name a file system takes
# success: a file named after it cannot be written, and grading ends for the class
# kind: submission
# student: "李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李李"
# unshown: a naive grader writes no files; tests/grading/test_one_submission.py grades a class
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
