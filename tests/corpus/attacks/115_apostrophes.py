# attack: 115
# title: ten cells of a million apostrophes each
# success: a page of more than fifty megabytes
# kind: submission
# naive: flood
import json

TEXT = "# " + "'" * 999_000


def build(folder, notebook):
    notebook["cells"] += [code_cell(TEXT, id=f"q{i}") for i in range(10)]
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
