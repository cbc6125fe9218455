# attack: 60
# title: a gigabyte of base64 in the outputs (sparse on the disk)
# success: memory of the grader
# kind: submission
# status: pending
# unshown: costs memory instead of forging
import json


def build(folder, notebook):
    with open(folder / "a07_backpropagation.ipynb", "w") as file:
        file.write(json.dumps(notebook)[:-1])
        file.truncate(1 << 30)
