# attack: 58
# title: the whole submission is a link to the neighbour's
# success: it is graded as one's own
# kind: submission
# status: pending
# naive: copy
import os


def build(folder, notebook):
    target = "@NEIGHBOUR@"
    folder.rmdir()
    os.symlink(os.path.dirname(target), folder)
