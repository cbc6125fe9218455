# attack: 110
# title: images of a foreign server, inline, by reference and with confusing brackets
# success: opening the notebook tells that server
# kind: submission
# naive: shown
import json

TEXT = """![a](http://example.org/x) ![a](//example.org/x) ![a](<http://example.org/x>)
![a](\\\\example.org\\x) ![a][r] ![r] ![a
b](http://example.org/x) [![a](http://example.org/x)](y) ![`](x.png)` ][r] ![$](x.png)$ ][r]
![a](&#104;ttp://example.org/x "t") ![a](http&colon;//example.org/x)

[r]: http://example.org/x
"""


def build(folder, notebook):
    notebook["cells"].append({**code_cell(TEXT), "cell_type": "markdown", "id": "m"})
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
