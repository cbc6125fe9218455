# attack: 44
# title: a forged protocol line is printed last
# success: it is read as the result
# naive: stdout
import atexit
import json
import os

FORGED = json.dumps({"score": 27, "max_score": 27, "passed": True})
print(FORGED)
atexit.register(lambda: os.write(1, f"\n{FORGED}\n".encode()))
