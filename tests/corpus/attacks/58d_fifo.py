# attack: 58
# title: notebook, timestamp and every other file are FIFOs
# success: the grader waits for ever
# kind: submission
# status: pending
# naive: blocks
import os


def build(folder, notebook):
    for name in ("a07_backpropagation.ipynb", "timestamp.txt", "b.ipynb", "c.ipynb"):
        os.mkfifo(folder / name)
