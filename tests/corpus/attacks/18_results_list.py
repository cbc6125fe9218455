# attack: 18
# title: the list of passed tests is found and filled
# success: points for wrong values
# naive: results
import gc

for found in gc.get_objects():
    if isinstance(found, type) and found.__name__ in ("Results", "TestResult", "Score"):
        for name in ("passed", "successes", "scores"):
            if isinstance(getattr(found, name, None), list):
                getattr(found, name).extend(["G08.2", "G08.3"])
