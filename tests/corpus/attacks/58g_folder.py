# attack: 58
# title: the notebook and the timestamp are folders
# success: the batch ends
# kind: submission
# status: pending
# unshown: costs others their grading instead of forging
def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").mkdir()
    (folder / "timestamp.txt").mkdir()
