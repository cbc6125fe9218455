"""PyTorch's exceptions in words a student can act on.

Texts as PyTorch 2.13 raises them; they arrive shortened, so each pattern looks for what
stands near the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.model import Raised


@dataclass(frozen=True)
class KnownError:
    """An exception with its cause."""

    code: str
    text: re.Pattern[str]
    message: str


def _known(code: str, text: str, message: str) -> KnownError:
    return KnownError(code, re.compile(text), message)


ERRORS = (
    _known(
        "torch-leaf",
        r"a (view of a )?leaf Variable that requires grad is being used in an in-place",
        "A tensor that wants a gradient may not be changed in place while PyTorch records. "
        "An update is no part of the model: write it under 'with torch.no_grad():'.",
    ),
    _known(
        "torch-no-graph",
        r"element 0 of tensors does not require grad",
        "The loss hangs on nothing that wants a gradient: set requires_grad on the "
        "parameters, and leave out no_grad, detach() and float() on the way to the loss.",
    ),
    _known(
        "torch-scalar",
        r"grad can be implicitly created only for scalar",
        "backward() starts at one number, and this loss has several: take the mean or the "
        "sum first.",
    ),
    _known(
        "torch-twice",
        r"backward through the graph a second time",
        "The graph was used up by an earlier backward(). Every step needs its own forward "
        "pass and loss, inside the loop, and nothing kept from the step before may still "
        "hang on its graph: detach it.",
    ),
    _known(
        "torch-modified",
        r"needed for gradient computation has been modified by an inplace",
        "Something that backward() still needed was overwritten: by an operation in place "
        "(+=, x[i] = ..., a name that ends in _) or by a step taken before backward(). "
        "Make a new tensor instead.",
    ),
    _known(
        "torch-unused",
        r"appears? to not have been used in the graph",
        "The gradient of a tensor is asked for from which the loss was not computed. Look "
        "whether a copy was used in its place.",
    ),
    _known(
        "torch-numpy",
        r"Can't call numpy\(\) on Tensor that requires grad",
        "NumPy cannot record gradients. Inside the model use torch functions; for a value "
        "to look at, write .detach().numpy().",
    ),
    _known(
        "torch-not-tensor",
        r"must be Tensor, not \w+|'numpy\.ndarray' and 'Tensor'"
        r"|'Tensor' and 'numpy\.ndarray'",
        "An array has met a tensor. Turn the data into tensors first, with "
        "torch.tensor(array).",
    ),
    _known(
        "torch-target-dtype",
        r"expected target dtype to be Long|expected scalar type Long but found",
        "cross_entropy wants the classes as whole numbers, dtype torch.long.",
    ),
    _known(
        "torch-dtypes",
        r"same dtype|expected scalar type (Float|Double) but found"
        r"|Found dtype \w+ but expected",
        "Numbers of two dtypes meet in one operation. Give all tensors one dtype: arrays "
        "are float64, torch.tensor([1.0]) and the layers of torch.nn are float32.",
    ),
    _known(
        "torch-target-float",
        r"floating point type for target|can't be cast to the desired output type",
        "This operation needs floating-point numbers where there are whole ones: convert "
        "with .double().",
    ),
    _known(
        "torch-target-shape",
        r"multi-target not supported|[Tt]arget size"
        r"|to match target batch_size",
        "The shapes of predictions and targets do not go together; often an axis of length "
        "1 is too many.",
    ),
    _known(
        "torch-class",
        r"Target -?\d+ is out of bounds",
        "A class number is too large for the number of scores: classes count from 0.",
    ),
    _known(
        "torch-index",
        r"tensors used as indices must be|argument #1 'indices'",
        "Indices have to be whole numbers: use dtype torch.long.",
    ),
    _known(
        "torch-range",
        r"index out of range in self",
        "An index is larger than the table has rows; they count from 0.",
    ),
    _known(
        "torch-integers",
        r"[Oo]nly Tensors of floating point|not implemented for '(Long|Int|Bool)'"
        r"|could not infer output dtype",
        "This cannot be done with whole numbers: make the tensor floating-point, "
        "dtype=torch.float64.",
    ),
    _known(
        "torch-device",
        r"not compiled with (CUDA|XPU)|NVIDIA driver|No CUDA GPUs|support for mps devices"
        r"|from the '\w+' backend|device string",
        "There is no such device here: the grader, like many laptops, has a CPU only. "
        "Leave the device out, or ask torch.cuda.is_available() first.",
    ),
    _known(
        "torch-nonleaf",
        r"can't optimize a non-leaf|flags of leaf variables",
        "Only a tensor with which a graph begins (a leaf) can be a parameter; this one was "
        "computed from others. Use .detach().requires_grad_().",
    ),
    _known(
        "torch-parameters",
        r"empty parameter list|should be an iterable of Tensors",
        "The optimizer wants a list of parameters: [W, b] or model.parameters().",
    ),
    _known(
        "torch-stride",
        r"At least one stride in the given numpy array is negative",
        "PyTorch cannot take an array that runs backwards: copy it first, "
        "torch.tensor(a.copy()).",
    ),
    _known(
        "torch-one",
        r"cannot be converted to Scalar|only one element tensors can",
        ".item() and float() want a tensor with a single number.",
    ),
)
"""The first pattern that is found counts."""


def explain(outcome: Raised) -> KnownError | None:
    """Return the cause of an exception, if it is one of PyTorch's that are known."""
    return next((known for known in ERRORS if known.text.search(outcome.message)), None)
