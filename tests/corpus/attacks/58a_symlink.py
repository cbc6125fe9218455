# attack: 58
# title: the notebook is a symbolic link to the gradebook
# success: the gradebook's content is written somewhere
# kind: submission
# status: pending
# naive: copy
import os


def build(folder, notebook):
    os.symlink("@GRADEBOOK@", folder / "a07_backpropagation.ipynb")
