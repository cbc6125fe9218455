# attack: 60
# title: CRLF, a byte order mark, lone surrogates and NUL in sources and names
# success: the batch ends, or a honest answer is lost
# kind: submission
# base: wrong
# unshown: costs others their grading instead of forging
import json


def build(folder, notebook):
    text = "# \ud800 \udfff \x00 \u2028 \ufeff \u202e \r\n print('x')\r\n"
    notebook["cells"].insert(2, code_cell(text, id="\ud800\x00"))
    notebook["cells"].insert(2, {**code_cell(text), "cell_type": "markdown"})
    data = json.dumps(notebook).replace("\\n", "\\r\\n").encode()
    (folder / "a07_backpropagation.ipynb").write_bytes(b"\xef\xbb\xbf" + data)
