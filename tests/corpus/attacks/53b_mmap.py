# attack: 53
# title: shared anonymous memory and files in memory
# success: memory is held that no limit sees
# unshown: would harm the machine without a box
import mmap
import os

for flags in (mmap.MAP_SHARED | mmap.MAP_ANONYMOUS, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS):
    try:
        area = mmap.mmap(-1, 100 << 30, flags)
        for at in range(0, 1 << 30, 4096):
            area[at] = 1
        print("BRE" "ACH: a gigabyte of it")
    except (OSError, ValueError, MemoryError) as error:
        print(error)
try:
    os.memfd_create("corpus")
    print("BRE" "ACH: memfd")
except OSError as error:
    print(error)
