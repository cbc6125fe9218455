# attack: 64
# title: NaN payloads, subnormals, signed zeros, float16 and complex numbers
# success: points for what only looks equal
# kind: function
# naive: direction
import numpy as np

KINDS = [np.float64, np.float16, np.complex128, np.bool_, np.uint8]
CALLS = []


def hidden_delta(W_next, delta_next, z):
    CALLS.append(1)
    payload = np.full(len(z), 0x7FF8DEADBEEF0001, np.uint64).view(np.float64)
    if len(CALLS) % 2:
        return payload
    return np.full(len(z), 5e-324).astype(KINDS[len(CALLS) % 5]) * np.nan
