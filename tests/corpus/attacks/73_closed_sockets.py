# attack: 73
# title: the kernel closes its sockets, all descriptors, and lives on
# success: the grader waits past its limits
# naive: timeout
import os
import time

os.closerange(0, 4096)
while True:
    time.sleep(1)
