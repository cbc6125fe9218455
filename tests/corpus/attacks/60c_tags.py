# attack: 60
# title: tags that make runners skip cells or accept exceptions
# success: points for cells that did not run
# kind: submission
# naive: tags
import json


def build(folder, notebook):
    tags = ["skip-execution", "raises-exception", "nbval-skip", "remove-cell", "hide"]
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = tags
        cell["metadata"]["deletable"] = True
        cell["metadata"]["jupyter"] = {"source_hidden": True}
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
