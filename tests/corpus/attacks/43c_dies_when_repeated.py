# attack: 43
# title: many cells end the kernel only when they are run again after a death
# success: the grader gets lost in restarts and scores nothing at all
# kind: submission
# base: right
# may_lose: G08.1 G08.2 G08.3 G08.4 G08.5 G08.6
# unshown: aims at this grader's way of replacing a kernel
import json


def build(folder, notebook):
    die = "import os\nif '_grader_answer_' not in globals():\n    os._exit(0)"
    cells = [code_cell(die) for _ in range(30)]
    at = next(i for i, c in enumerate(notebook["cells"]) if c["id"] == "part-2")
    notebook["cells"][at:at] = [*cells, code_cell("import os\nos._exit(0)")]
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
