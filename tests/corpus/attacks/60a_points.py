# attack: 60
# title: points, locks and types are changed; tests are emptied
# success: more points than earned, or than there are
# kind: submission
# naive: metadata
import json


def build(folder, notebook):
    for cell in notebook["cells"]:
        data = cell["metadata"].get("nbgrader", {})
        if data.get("grade"):
            data.update(points=1000, grade=False, locked=False)
            cell["source"] = "27.0"
        if data.get("locked"):
            data.update(locked=False, solution=True, points=1000, grade=True)
    notebook["metadata"]["nbgrader"] = {"points": 27}
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
