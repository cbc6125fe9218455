# attack: 58
# title: a timestamp before all time, with NUL and escape codes
# success: the batch ends
# kind: submission
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    (folder / "timestamp.txt").write_bytes(b"0001-01-01 00:00:00 +9999\x00\x1b[2J\xff")
