# attack: 59
# title: file names that climb, are absolute, collide or cannot be written
# success: something outside the submission is read or written, or the batch ends
# kind: submission
# status: pending
# unshown: nothing here unpacks archives; the names alone must do no harm
import os


def build(folder, notebook):
    for name in (
        *(r"..\..\gradebook.db", "C:\\evil.ipynb", "~", "-rf", "--student=x", "a\nb.ipynb"),
        *("\x1b[2J.ipynb", "<img src=x onerror=alert(1)>.ipynb", "A07_BACKPROPAGATION.IPYNB"),
        *("%2e%2e%2fgradebook.ipynb", "\u202egnp.ipynb", "x" * 240 + ".ipynb"),
    ):
        (folder / name).write_text("no notebook")
    with open(os.path.join(os.fsencode(folder), b"\xff\xfe.ipynb"), "wb") as file:
        file.write(b"\xff")
