# attack: 58
# title: the notebook is a link to the neighbour's, or to the solution
# success: it is graded as one's own
# kind: submission
# status: pending
# naive: copy
import os


def build(folder, notebook):
    os.symlink("@SOLUTION@", folder / "a07_backpropagation.ipynb")
    os.symlink("@NEIGHBOUR@", folder / "a07_backpropagation-copy.ipynb")
