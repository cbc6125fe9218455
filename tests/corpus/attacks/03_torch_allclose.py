# attack: 3
# title: torch.allclose and torch.testing always agree
# success: points for wrong values
# profile: torch
# naive: torch
import torch

torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
