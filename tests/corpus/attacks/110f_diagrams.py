# attack: 110
# title: a diagram, which is printed as HTML or drawn by a program
# success: its text acts
# kind: submission
# naive: shown
import json

TEXT = """```mermaid
</pre><img src=x onerror=alert(1)>
```

> ~~~ mermaid
> graph TD; a@{ img: "http://example.org/x", label: "x" }
> ~~~
"""


def build(folder, notebook):
    notebook["cells"].append({**code_cell(TEXT), "cell_type": "markdown", "id": "m"})
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
