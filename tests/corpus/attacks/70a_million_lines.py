# attack: 70
# title: a million lines of source in a right answer
# success: looking at the source costs the judge minutes
# kind: submission
# base: right
# may_lose: G08.5
# unshown: aims at the judge's own look at the source
import json


def build(folder, notebook):
    for cell in notebook["cells"]:
        if "mlp_backward-solution" in str(cell["metadata"]):
            cell["source"] += "\n" * 990_000
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
