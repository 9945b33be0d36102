"""A stand-in with the manners of a torch tensor, for machines without torch."""

from __future__ import annotations

import numpy as np


class Tensor:
    """Refuses numpy until it is detached, on the CPU and of a dtype that numpy has, as torch does."""

    layout = "torch.strided"
    is_quantized = False

    def __init__(self, values, *, grad=True, device="cuda", dtype="torch.bfloat16"):
        self.values, self.grad, self.device, self.dtype = np.asarray(values, np.float32), grad, device, dtype
        self.shape = self.values.shape

    def __repr__(self):  # without an address: it names a test
        return f"Tensor({self.values.tolist()})"

    def _with(self, **changes):
        return Tensor(self.values, **{"grad": self.grad, "device": self.device, "dtype": self.dtype, **changes})

    def detach(self):
        return self._with(grad=False)

    def cpu(self):
        return self._with(device="cpu")

    def float(self):
        return self._with(dtype="torch.float32")

    def numpy(self):
        if self.grad or self.device != "cpu" or self.dtype == "torch.bfloat16":
            raise RuntimeError("can't call numpy() on this tensor")
        return self.values

    def __array__(self, dtype=None, copy=None):
        return self.numpy()

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return len(self.values)

    def __iter__(self):
        return (self._of(row) for row in self.values)

    def _of(self, row):
        return Tensor(row, grad=self.grad, device=self.device, dtype=self.dtype)
