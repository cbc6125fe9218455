# attack: 111
# title: HTML in raw cells, one's own and one of the course turned raw
# success: it is printed as it is
# kind: submission
# naive: shown
import json

TEXT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def build(folder, notebook):
    notebook["cells"].append({**code_cell(TEXT), "cell_type": "raw", "id": "r"})
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell.update(cell_type="raw", source=TEXT)
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
