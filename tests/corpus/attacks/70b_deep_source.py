# attack: 70
# title: expressions nested so deep that reading them breaks the parser
# success: the judge crashes or fails on the source of a right answer
# kind: submission
# base: right
# loses: G08.3 G08.5 G08.6
# status: graded
# unshown: aims at the judge's own look at the source
import json

LATE = "\nif False:\n    "
DEEP = {
    "mlp_backward-solution": LATE + "x" + ".a" * 200_000,
    "sgd_epoch-solution": LATE + "-" * 300_000 + "1",
    "weight_grad-solution": LATE + "+".join(["1"] * 200_000),
}


def build(folder, notebook):
    for cell in notebook["cells"]:
        for name, text in DEEP.items():
            if name in str(cell["metadata"]):
                cell["source"] += text
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
