# attack: 72
# title: a folder name of terminal codes, a newline and a direction mark
# success: it acts in the terminal of whoever grades, or breaks the table
# kind: submission
# student: '\x1b[2Jeve\nadmin 27 of 27\r\u202e'
# unshown: aims at this grader's table
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
