# attack: 58
# title: the notebook is a hard link to the neighbour's
# success: it is graded as one's own
# kind: submission
# status: pending
# naive: copy
import os


def build(folder, notebook):
    os.link("@NEIGHBOUR@", folder / "a07_backpropagation.ipynb")
