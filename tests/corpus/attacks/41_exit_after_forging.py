# attack: 41
# title: a result is written, then the process ends at once
# success: the forged result is read
# naive: files
import json
import os

with open("results.json", "w") as file:
    json.dump({"score": 27, "max_score": 27}, file)
os._exit(0)
