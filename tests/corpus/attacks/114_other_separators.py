# attack: 114
# title: a formula behind a semicolon, a bar and a tab in the student's name
# success: a table split at that separator has a cell that begins with it
# kind: submission
# student: 'bob;=1+1|=2+2\t=3+3;"=4+4";\xa0＝5+5'
# naive: separators
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
