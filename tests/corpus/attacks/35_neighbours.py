# attack: 35
# title: other students' submissions are looked for
# success: their content stands in the output
# naive: leak
import glob
import itertools
import os

near = ["@NEIGHBOUR@", *glob.glob("@COURSE@/submitted/*/*/*.ipynb")]
# one by one: a large folder must not keep what is near from being shown
anywhere = glob.iglob("/tmp/**/*.ipynb", recursive=True)
for path in itertools.chain(near, itertools.islice(anywhere, 100)):
    try:
        if os.path.isfile(path):  # opening a named pipe would wait for ever
            with open(path, errors="replace") as file:
                print(path, file.read()[:300_000], flush=True)
        else:
            print(os.path.basename(path), "is no file")
    except OSError as error:
        print(os.path.basename(path), error.errno)
