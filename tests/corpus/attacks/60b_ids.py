# attack: 60
# title: grade ids are swapped, doubled, missing, and of odd types
# success: points for another task's answer, or the batch ends
# kind: submission
# unshown: aims at how a grader finds its cells
import json


def build(folder, notebook):
    odd = [None, 7, [], {}, "", "no-such", "G08-2-hidden_delta", "x" * 100_000, True]
    for number, cell in enumerate(notebook["cells"]):
        data = cell["metadata"].setdefault("nbgrader", {})
        data.update(grade_id=odd[number % len(odd)], points=[1], schema_version="x")
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
