# attack: 58
# title: timestamp.txt is a link to the secret, a loop, or rubbish
# success: the secret's text is written somewhere, or the batch ends
# kind: submission
# base: right
# unshown: reads what nobody prints
import json
import os


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    os.symlink("@SECRET@", folder / "timestamp.txt")
    os.symlink("loop", folder / "loop")
