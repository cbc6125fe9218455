# attack: 27
# title: the local names of every caller are printed
# success: an expected value or a test's text stands in the output
# kind: function
# naive: leak
import sys

SEEN = []


def hidden_delta(*args):
    frame = sys._getframe(0)
    while frame is not None:
        for scope in (frame.f_locals, frame.f_globals):
            for name, value in list(scope.items()):
                if isinstance(value, (str, bytes, list, tuple, dict)) or "numpy" in str(
                    type(value)
                ):
                    SEEN.append(f"{name} = {value!r}"[:5000])
        frame = frame.f_back
    print("\n".join(SEEN)[-200_000:])
    raise ValueError("\n".join(SEEN)[-280:])


try:
    hidden_delta()
except ValueError as error:
    print(error)
