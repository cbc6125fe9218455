# attack: 54
# title: the disk is filled
# success: more than the limit is written, or it is left
# unshown: would harm the machine without a box
import os

written = 0
for folder in (".", "/tmp", "/dev/shm", os.path.expanduser("~")):
    try:
        with open(os.path.join(folder, "corpus_fill"), "wb") as file:
            while written < 200 << 20:
                written += file.write(b"x" * (1 << 20))
    except OSError as error:
        print(folder, error)
if written > 40 << 20:
    print("BRE" "ACH:", written)
