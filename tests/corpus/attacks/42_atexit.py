# attack: 42
# title: atexit and __del__ write a result after the grader has written its own
# success: the forged result is read
# naive: files
import atexit
import json


class Last:
    def __del__(self, open=open, dump=json.dump):
        with open("results.json", "w") as file:
            dump({"score": 27, "max_score": 27}, file)


keep = Last()
atexit.register(keep.__del__)
