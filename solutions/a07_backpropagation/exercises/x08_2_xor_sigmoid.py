"""X08.2 `xor_sigmoid`."""

from __future__ import annotations

from ..._shared import same_numbers
from ._shared import XOR_MISTAKES, hand_exercise, linked

# M08.4b changes delta4 by 4e-5 here: four digits cannot show it.
_SIGMOID_FLAWS = {c: m for c, m in XOR_MISTAKES.items() if c != "M08.4b"}


EXERCISE = linked(
    hand_exercise(
        2,
        "sigmoid",
        _SIGMOID_FLAWS
        | {
            "E03": (
                "exponent",
                "The exponent of the sigmoid has the wrong sign: for a negative net5 the "
                "output lies below one half.",
            ),
            "E04": (
                "rounded",
                "u5 was rounded to two digits before delta5 was computed: keep all digits "
                "until the end, an early rounding grows on its way back.",
            ),
        },
    )
)


# --- what the reference has to agree with ---------------------------------------------


def witness_numbers_of_the_syllabus() -> None:
    wanted = dict(u3=0.982013790, u4=0.5, u5=0.4910078647, delta5=-0.1272068775)
    wanted |= dict(delta3=-0.00449363541, delta4=-0.1272068775, dw05=0.1272068775)
    wanted |= dict(dw35=0.1249189079, dw45=0.0636034387, dw13=0.00449363541, dw23=0)
    found = {name: EXERCISE.reference[name] for name in wanted}
    same_numbers(found, wanted, rtol=1e-8)
