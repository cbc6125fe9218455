"""What watches the five calls."""

# Stand-ins write down what they are asked. They know the functions of torch by name only.
STEP_DRIVER = '''
import operator
import sys

LIKE = "float double long to cuda cpu type clone contiguous squeeze flatten ravel requires_grad_"
SHAPED = "unsqueeze view reshape __getitem__ expand"


class Loose:
    """Stands for a tensor: whatever is done to it, the result says what it was."""

    def __init__(self, name, heard, value=1.0):
        self.name, self.heard, self.value = name, heard, value
        self.shape, self.ndim, self.dtype, self.device = (4,), 1, "float", "cpu"
        self.requires_grad, self.grad = True, None

    def __getattr__(self, word):
        if word.startswith("__"):
            raise AttributeError(word)
        return lambda *given, **more: self.after(word, *given)

    def after(self, word, *given):
        name = self.name
        if word in LIKE.split() or (word in ("mean", "sum") and name == "loss"):
            return self
        if word in SHAPED.split():
            name = name if given == (-1,) else name + " in another shape"
        else:
            name = word.strip("_") + " of " + name
        told = {"isnan": 0.0, "isinf": 0.0, "isfinite": 1.0}
        return Loose(name, self.heard, told.get(word, self.value))

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        named = kwargs or {}
        flat = []
        for part in (*args, *named.values()):
            flat += part if isinstance(part, (tuple, list)) else [part]
        mine = next((part for part in flat if isinstance(part, cls)), None)
        mine = cls("?", []) if mine is None else mine
        if function.__name__ == "backward":
            return mine.backward(retain_graph=named.get("retain_graph"))
        return mine.after(function.__name__, *args[1:])

    def __bool__(self):
        return self.value != 0

    def __iter__(self):  # torch.max(y_hat, 1) is a pair
        pair = self.name.split()[0] in ("max", "min")
        return iter([self.after("__getitem__", i) for i in range(2 if pair else 4)])

    def __getitem__(self, key):
        return self.after("__getitem__", key)

    def __len__(self):
        return 4

    def size(self, *axis):
        return 4 if axis else self.shape

    def item(self):
        return self.value

    def __float__(self):
        return self.value

    def __format__(self, how):
        return format(self.value, how)

    def detach(self):
        return self.after("detach")

    def backward(self, gradient=None, retain_graph=None, *rest, **more):
        kept = ", graph kept" if retain_graph else ""
        source = "" if self.name == "loss" else " from " + self.name
        self.heard.append("backward" + source + kept)


for word in "add radd sub rsub mul rmul truediv rtruediv neg pow".split():
    setattr(Loose, f"__{word}__",
            lambda self, *other, word=word: self.after("__" + word + "__"))


def asked(self, other, word):
    found = self.after(word)
    right = bool(getattr(operator, word)(self.value, getattr(other, "value", other)))
    found.value = float(right)
    return found


for word in "eq ne lt le gt ge".split():
    setattr(Loose, f"__{word}__", lambda self, other, word=word: asked(self, other, word))
Loose.__hash__ = object.__hash__


class Actor:
    """Stands for model, loss function and optimizer."""

    def __init__(self, role, heard, answer=None, value=1.0):
        self.role, self.heard, self.answer, self.value = role, heard, answer, value
        self.mode = ""

    def __call__(self, *given, **named):
        parts = [getattr(part, "name", "?") for part in (*given, *named.values())]
        torch = sys.modules.get("torch")
        unrecorded = torch is not None and not torch.is_grad_enabled()
        how = ", not recorded" * unrecorded + self.mode
        self.heard.append(f"{self.role}({', '.join(parts)}){how}")
        return Loose(self.answer, self.heard, self.value)

    forward = __call__

    def zero_grad(self, *given, **named):
        self.heard.append("zero_grad")

    def step(self, *given, **named):
        self.heard.append("step")

    def train(self, mode=True):
        self.mode = "" if mode else ", in evaluation mode"
        return self

    def eval(self):
        return self.train(False)

    def parameters(self):
        return iter(())

    def to(self, *given, **named):  # a model on another device is the same model
        return self

    cuda = cpu = double = float = to


def drive(f, value):
    heard = []
    f(Actor("model", heard, "y_hat"), Actor("loss_fn", heard, "loss", value),
      Actor("opt", heard), Loose("x", heard), Loose("y", heard))
    first = [i for i, call in enumerate(heard) if call.startswith("backward")][:1]
    before = heard[:first[0]] if first else heard
    if "zero_grad" in before:  # where before backward does not matter, nor how often
        rest = [call for call in before if call != "zero_grad"]
        after = heard[len(before):]
        if "step" in after:  # clearing once more at the end does no harm
            end = after.index("step")
            after[end:] = [call for call in after[end:] if call != "zero_grad"]
        heard = ["zero_grad", *rest, *after]
    return heard
'''
