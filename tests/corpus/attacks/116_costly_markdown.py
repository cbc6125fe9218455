# attack: 116
# title: sixty cells of brackets that no link closes
# success: formgrader, which shows one page at a time, takes minutes for it
# kind: submission
# unshown: takes too long where it succeeds; this grader's test renders the notebook
import json

TEXT = "[a](" * 40_000


def build(folder, notebook):
    cells = ({**code_cell(TEXT), "cell_type": "markdown", "id": f"m{i}"} for i in range(60))
    notebook["cells"] += cells
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
