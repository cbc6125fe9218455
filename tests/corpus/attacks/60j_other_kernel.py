# attack: 60
# title: another kernelspec, language and format
# success: another kernel than the confined one is started
# kind: submission
# unshown: aims at how a grader chooses its kernel
import json


def build(folder, notebook):
    spec = {"name": "python3", "display_name": "x", "language": "bash", "argv": ["sh"]}
    notebook["metadata"] = {"kernelspec": spec, "language_info": {"name": "bash"}}
    notebook["nbformat_minor"] = 99
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
