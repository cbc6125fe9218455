# attack: 71
# title: cell ids that are HTML, absurdly long, doubled, or those of the grader
# success: they act in the feedback page, or make foreign cells one's own
# kind: submission
# naive: page_ids
import json

IDS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "x" * 99_999]
IDS += ["added-0", "added-1", "part-1", "part-1", "given-setup"]


def build(folder, notebook):
    notebook["cells"] += [code_cell("print(1)", id=text) for text in IDS]
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
