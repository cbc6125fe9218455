# attack: 77
# title: System V and POSIX shared memory, semaphores and queues are left behind
# success: they exist after the run
# unshown: what is left in the machine without a box would have to be cleaned up
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
print(libc.shmget(0x636F7270, 1 << 20, 0o1666), ctypes.get_errno())
print(libc.semget(0x636F7270, 5, 0o1666), libc.msgget(0x636F7270, 0o1666))
for folder in ("/dev/shm", "/dev/mqueue", "/tmp", "/var/tmp", "/run"):
    try:
        with open(os.path.join(folder, "x_corpus_left"), "wb") as file:
            file.write(b"x" * (1 << 20))
    except OSError as error:
        print(folder, error)
