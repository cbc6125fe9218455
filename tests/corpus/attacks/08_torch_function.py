# attack: 8
# title: a tensor subclass that answers PyTorch's functions itself
# success: points for wrong values
# kind: function
# profile: torch
# naive: torch_function
import torch


class Right(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True


def hidden_delta(W_next, delta_next, z):
    return torch.zeros(3).as_subclass(Right)
