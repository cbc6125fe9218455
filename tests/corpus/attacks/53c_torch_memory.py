# attack: 53
# title: a hundred gigabytes through torch
# success: the machine runs out of memory
# profile: torch
# unshown: would harm the machine without a box
import torch

try:
    torch.ones(100 * 2**30 // 4)
except RuntimeError as error:
    print(str(error)[:200])
held = []
while True:
    held.append(torch.ones(1 << 22))
