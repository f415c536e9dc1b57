"""Linear layers of a network in whole numbers of 8 bits, on a CPU.

They are several times as fast as in float32, and a row never depends on its neighbours.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

LARGEST = 127
"""Weights and activations lie in -127 ... 127."""


class Int8Linear(nn.Module):
    """A linear layer whose products are of whole numbers: ``y = scale_of_row * scale_of_column * (q @ w) + bias``.

    Each column of the weights and each row of the input (a token) is scaled by its own largest number. One scale for a whole batch, as
    dynamic quantisation usually has it, would let a row's answer depend on the rows beside it. The sums are exact, so that it does not
    depend on the order in which a processor adds either.
    """

    weight_t: Tensor
    scale: Tensor
    bias: Tensor

    def __init__(self, layer: nn.Linear, shared: "LastInput | None" = None) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        self.shared = shared or LastInput()
        weight, scale = quantize(layer.weight.detach())
        self.register_buffer("weight_t", _layout(weight))
        self.register_buffer("scale", scale[:, 0].contiguous())
        self.register_buffer("bias", torch.zeros(self.out_features) if layer.bias is None else layer.bias.detach())

    def forward(self, given: Tensor) -> Tensor:
        """Multiply rows, shape (..., in_features)."""
        rows, scale = self.shared.quantize(given)
        product = _multiply(rows, self.weight_t).mul_(scale).mul_(self.scale).add_(self.bias)
        return product.view(*given.shape[:-1], self.out_features)


class LastInput:
    """The whole numbers of the last input: queries, keys and values are three layers with one input.

    An input is known again where it is the same tensor and nothing was written to it since, which a tensor counts itself.
    """

    def __init__(self) -> None:
        self.last: tuple[Tensor, int, tuple[Tensor, Tensor]] | None = None

    def quantize(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """Round the rows of an input, shape (..., n_features), to whole numbers."""
        last = self.last  # read and written as a whole, because several threads may use one network
        if last is None or last[0] is not given or last[1] != given._version:
            self.last = last = given, given._version, quantize(given.reshape(-1, given.shape[-1]))
        return last[2]


def quantize(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Round each row to whole numbers of 8 bits; return them, and what one is worth in each row, shape (n_rows, 1)."""
    # The largest and the smallest are read without a copy, which the largest of the absolute values would need.
    largest = torch.maximum(rows.amax(dim=1, keepdim=True), rows.amin(dim=1, keepdim=True).neg_())
    scale = largest.clamp_min_(1e-30).div_(LARGEST)
    return (rows * scale.reciprocal()).round_().to(torch.int8), scale


def replace_linear_layers(network: nn.Module) -> None:
    """Put an `Int8Linear` in the place of each linear layer, in place."""
    _replace(network, LastInput())


def _replace(part: nn.Module, shared: LastInput) -> None:
    for name, child in part.named_children():
        if type(child) is nn.Linear:
            setattr(part, name, Int8Linear(child, shared))
        else:
            _replace(child, shared)


def _layout(weight: Tensor) -> Tensor:
    return weight.t() if has_int8_products() else weight.t().float()


def _multiply(rows: Tensor, weight_t: Tensor) -> Tensor:
    if weight_t.dtype == torch.int8:
        return torch._int_mm(rows, weight_t).float()
    return rows.float() @ weight_t


@cache
def has_int8_products() -> bool:
    """Tell whether this processor multiplies whole numbers of 8 bits fast and exactly.

    Processors before AVX-512 VNNI add pairs of products in 16 bits, where large ones overflow; the others do without. There, the same whole
    numbers are multiplied in float32, which gives the same answer at the speed of float32.
    """
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        return False
    rows, columns = (torch.full(shape, sign * LARGEST, dtype=torch.int8) for shape, sign in (((32, 64), 1), ((64, 32), -1)))
    try:
        product: Any = torch._int_mm(rows, columns)
    except RuntimeError:
        return False
    return bool((product == -64 * LARGEST**2).all())
