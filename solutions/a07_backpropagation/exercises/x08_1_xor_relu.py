"""X08.1 `xor_relu`."""

from __future__ import annotations

from ..._shared import same_numbers
from ._shared import KINK, XOR_MISTAKES, hand_exercise, linked

_RELU_FLAWS = ("M08.4c", "M08.4d", "M08.4f", "M08.4h")


EXERCISE = linked(
    hand_exercise(
        1,
        "relu",
        {code: XOR_MISTAKES[code] for code in _RELU_FLAWS}
        | {
            "M08.4a": XOR_MISTAKES["M08.4a"],
            "M08.4b": ("slope of 5", f"delta4 has the slope 1. It needs g'(net4): {KINK}"),
        },
    )
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(u3=4, u4=0, u5=4, delta5=3, delta3=6, delta4=0, dw35=-12, dw13=-6)
    found = {name: EXERCISE.reference[name] for name in wanted}
    same_numbers(found, wanted, rtol=1e-8)
