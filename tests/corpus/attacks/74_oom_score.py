# attack: 74
# title: the memory killer is told to take somebody else
# success: the kernel protects itself, or the score of another process changes
# unshown: needs a right that an ordinary process has not, either
import os

for pid in ("self", 1, os.getppid(), "@PARENT@", "@GRADER@"):
    for value in ("-1000", "-500", "-1"):
        try:
            with open(f"/proc/{pid}/oom_score_adj", "w") as file:
                file.write(value)
            print("BRE" "ACH:", pid, value)
        except OSError as error:
            print(pid, error.errno)
import resource

for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_AS, resource.RLIMIT_CORE):
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("BRE" "ACH: limit", limit)
    except (OSError, ValueError) as error:
        print(error)
