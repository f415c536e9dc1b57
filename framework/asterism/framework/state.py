"""What a component learned, or gave, as named arrays and JSON, and back: the whole of saving and loading, without pickle.

A value is made of numpy arrays, CSR matrices, numbers, strings, None, lists, tuples, dicts, rankings and nested components.
Arrays keep dtype, shape and memory order, so that what is computed from them stays the same bit for bit.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .component import Component
from .errors import ModelError
from .values import Ranking, is_sparse

Arrays = dict[str, NDArray[Any]]
Resolve = Callable[[str], type[Component]]
"""Finds the class for ``module:name`` among those that are installed as components; never imports by path."""


def dump_state(component: Component) -> tuple[Arrays, dict[str, Any]]:
    """Split what `component` learned into named arrays and a tree that JSON can hold."""
    arrays: Arrays = {}
    tree = {name: _pack(value, name, arrays) for name, value in component.learned().items()}
    return arrays, tree


def load_state(component: Component, arrays: Mapping[str, NDArray[Any]], tree: Mapping[str, Any], resolve: Resolve) -> None:
    """Give `component` what another one of its class had learned."""
    for name, value in tree.items():
        if not name.endswith("_") or name.startswith("_"):
            raise ModelError(f"'{name}' is no learned attribute: such names end in one underscore")
        setattr(component, name, _unpack(value, arrays, resolve))


def dump_value(value: Any) -> tuple[Arrays, Any]:
    """Split a value into named arrays and a tree that JSON can hold; `TypeError` where it holds what cannot be saved."""
    arrays: Arrays = {}
    return arrays, _pack(value, "value", arrays)


def load_value(arrays: Mapping[str, NDArray[Any]], tree: Any, resolve: Resolve) -> Any:
    """Put together what `dump_value` split."""
    return _unpack(tree, arrays, resolve)


def class_reference(cls: type) -> str:
    """Write a class as entry points do: ``module:name``."""
    return f"{cls.__module__}:{cls.__qualname__}"


def _pack(value: Any, path: str, arrays: Arrays) -> Any:
    if value is None or (isinstance(value, bool | str | int) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, float) and not isinstance(value, np.generic):
        return value if math.isfinite(value) else {"$float": repr(value)}
    for matches, pack in _PACKERS:
        if matches(value):
            return pack(value, path, arrays)
    kept = "arrays, CSR matrices, numbers, strings, lists and dicts"
    raise TypeError(f"{path} holds a {type(value).__name__}, which cannot be saved; keep {kept}")


def _pack_array(value: NDArray[Any], path: str, arrays: Arrays) -> Any:
    if value.dtype.kind in "OU":
        return {"$strings": _pack(value.tolist(), path, arrays), "dtype": "O" if value.dtype.kind == "O" else "U"}
    if value.dtype.kind not in "biuf":
        raise TypeError(f"{path} holds an array of {value.dtype}, which cannot be saved; keep numbers, booleans or strings")
    while path in arrays:  # {"a": {"b": ...}, "a.b": ...} leads to one path twice
        path += "'"
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    arrays[path] = np.ascontiguousarray(value.T if order == "F" else value)
    # safetensors flattens nothing but 0-d arrays are made 1-d by ascontiguousarray, so the shape is kept beside.
    return {"$array": path, "order": order, "shape": list(value.shape)}


def _pack_sparse(value: Any, path: str, arrays: Arrays) -> Any:
    if getattr(value, "format", "csr") != "csr":  # CSC and BSR have an indptr too, of another meaning
        raise TypeError(f"{path} holds a sparse matrix in {value.format.upper()} form, which cannot be saved; keep CSR (.tocsr())")
    parts = {part: _pack_array(getattr(value, part), f"{path}.{part}", arrays) for part in ("data", "indices", "indptr")}
    return {"$csr": parts, "shape": [int(n) for n in value.shape]}


def _pack_scalar(value: Any, path: str, arrays: Arrays) -> Any:
    return {"$scalar": _pack(value.item(), path, arrays), "dtype": value.dtype.str}


def _pack_component(value: Component, path: str, arrays: Arrays) -> Any:
    fields = {name: _pack(field, f"{path}.{name}", arrays) for name, field in value.get_params(deep=False).items()}
    learned = {name: _pack(item, f"{path}.{name}", arrays) for name, item in value.learned().items()}
    return {"$component": class_reference(type(value)), "fields": fields, "learned": learned}


def _pack_ranking(value: Ranking, path: str, arrays: Arrays) -> Any:
    return {"$ranking": {part: _pack(getattr(value, part), f"{path}.{part}", arrays) for part in ("rows", "scores", "items")}}


def _pack_list(value: Any, path: str, arrays: Arrays) -> Any:
    packed = [_pack(item, f"{path}.{place}", arrays) for place, item in enumerate(value)]
    return {"$tuple": packed} if isinstance(value, tuple) else packed


def _pack_dict(value: dict[Any, Any], path: str, arrays: Arrays) -> Any:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: _pack(item, f"{path}.{key}", arrays) for key, item in value.items()}
    pairs = [[_pack(key, path, arrays), _pack(item, f"{path}.{place}", arrays)] for place, (key, item) in enumerate(value.items())]
    return {"$pairs": pairs}


_PACKERS: list[tuple[Callable[[Any], bool], Callable[[Any, str, Arrays], Any]]] = [
    (lambda value: isinstance(value, np.ndarray), _pack_array),
    (is_sparse, _pack_sparse),
    (lambda value: isinstance(value, np.generic), _pack_scalar),
    (lambda value: isinstance(value, PurePath), lambda value, path, arrays: {"$path": str(value)}),
    (lambda value: isinstance(value, Component), _pack_component),
    (lambda value: isinstance(value, Ranking), _pack_ranking),
    (lambda value: isinstance(value, list | tuple), _pack_list),
    (lambda value: isinstance(value, dict), _pack_dict),
]


def _unpack(value: Any, arrays: Mapping[str, NDArray[Any]], resolve: Resolve) -> Any:
    if isinstance(value, list):
        return [_unpack(item, arrays, resolve) for item in value]
    if not isinstance(value, dict):
        return value
    for mark, unpack in _UNPACKERS.items():
        if mark in value:
            return unpack(value, arrays, resolve)
    return {key: _unpack(item, arrays, resolve) for key, item in value.items()}


def _unpack_array(value: dict[str, Any], arrays: Mapping[str, NDArray[Any]], _: Resolve) -> NDArray[Any]:
    # Copied, so that the array is aligned and writable like the one that was saved.
    stored = np.array(arrays[value["$array"]])
    return stored.T if value["order"] == "F" else stored.reshape(value["shape"])


def _unpack_sparse(value: dict[str, Any], arrays: Mapping[str, NDArray[Any]], resolve: Resolve) -> Any:
    from importlib import import_module  # SciPy is loaded only where a CSR matrix was saved, and the core does not depend on it

    parts = [_unpack_array(value["$csr"][part], arrays, resolve) for part in ("data", "indices", "indptr")]
    return import_module("scipy.sparse").csr_matrix(tuple(parts), shape=tuple(value["shape"]))


def _unpack_component(value: dict[str, Any], arrays: Mapping[str, NDArray[Any]], resolve: Resolve) -> Component:
    fields = {name: _unpack(field, arrays, resolve) for name, field in value["fields"].items()}
    component = resolve(value["$component"])(**fields)
    load_state(component, arrays, value["learned"], resolve)
    return component


def _unpack_pair(pair: list[Any], arrays: Mapping[str, NDArray[Any]], resolve: Resolve) -> tuple[Any, Any]:
    key, value = (_unpack(part, arrays, resolve) for part in pair)
    return key, value


_UNPACKERS: dict[str, Callable[[dict[str, Any], Mapping[str, NDArray[Any]], Resolve], Any]] = {
    "$array": _unpack_array,
    "$csr": _unpack_sparse,
    "$component": _unpack_component,
    "$float": lambda value, arrays, resolve: float(value["$float"]),
    "$path": lambda value, arrays, resolve: Path(value["$path"]),
    "$ranking": lambda value, arrays, resolve: Ranking(**_unpack(value["$ranking"], arrays, resolve)),
    "$scalar": lambda value, arrays, resolve: np.dtype(value["dtype"]).type(_unpack(value["$scalar"], arrays, resolve)),
    "$strings": lambda value, arrays, resolve: np.array(_unpack(value["$strings"], arrays, resolve), dtype=value["dtype"]),
    "$tuple": lambda value, arrays, resolve: tuple(_unpack(value["$tuple"], arrays, resolve)),
    "$pairs": lambda value, arrays, resolve: dict(_unpack_pair(pair, arrays, resolve) for pair in value["$pairs"]),
}
