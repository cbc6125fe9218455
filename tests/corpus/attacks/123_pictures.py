# attack: 123
# title: pictures that are links, pages, bombs, or take the square of their length to find
# success: another's file is copied, a page lies where pictures are shown, or grading stops
# kind: submission
# unshown: no naive grader shows pictures; tests/course/test_pictures.py has each by itself
import base64
import json
import os


def build(folder, notebook):
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"
    packed = base64.b64encode(svg.encode()).decode()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["attachments"] = {f"{i}.svg": {"image/svg+xml": packed} for i in range(99)}
            cell["source"] = (
                "![](secret.png) ![](inner/secret.png) ![](page.png) ![](../../a.png)\n"
                + "![](big.svg)" * 5000
                + "![](data:image/png;base64,"
                + " " * 200_000
                + "".join(f"![](a{i}.png)" for i in range(5000))
                + "![](attachment:" * 5000
            )
    (folder / "a07_backpropagation.ipynb").write_text(json.dumps(notebook))
    os.symlink("@GRADEBOOK@", folder / "secret.png")
    os.symlink(os.path.dirname("@GRADEBOOK@"), folder / "inner")
    os.mkfifo(folder / "pipe.png")
    (folder / "page.png").write_text(svg)
    (folder / "page.html.png").write_text("<html><script>1</script>")
    (folder / "big.svg").write_text(svg.replace("script", "g") + " " * 8_000_000)
    (folder / "deep").mkdir()
    (folder / "deep" / "a](x) ![b](p.png").write_bytes(b"\x89PNG\r\n\x1a\n")
