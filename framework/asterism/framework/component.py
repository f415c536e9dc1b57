"""What every component is: a class whose annotated fields are its settings and whose trailing-underscore attributes are what it learned."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib import import_module
from itertools import pairwise
from types import FunctionType, NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, Union, dataclass_transform, get_args, get_origin

from .errors import not_fitted


@dataclass_transform(kw_only_default=True, eq_default=False)
class Component:
    """Base of all kinds.

    Every subclass becomes a keyword-only dataclass: its annotated attributes are its fields, and nobody writes
    ``__init__``. Fields never change during `fit`; what `fit` learns goes into attributes that end in one underscore, and
    those attributes are exactly what is saved. A public attribute without annotation is refused, because nobody can tell
    whether it is meant as a setting; ``ClassVar`` marks a constant.

    What a person should know of how `fit` worked goes into `notes_`, a list of sentences that the summary of a run shows.

    It quacks like a scikit-learn estimator (`get_params`, `set_params`, tags) without inheriting one.
    """

    kind: ClassVar[str] = ""
    """Name of the component's kind, as specs write it."""
    takes: ClassVar[str] = ""
    """What it is fed: ``records``, ``interactions``, ``matrix``, ..."""
    gives: ClassVar[str] = ""
    """What it gives: ``matrix``, ``labels``, ``scores``, ``items``, ``ranking``, ..."""
    by_rows: ClassVar[bool] = False
    """True where `apply` gives one row per record whatever stands beside it, so that a run may apply it batch by batch."""
    beside: ClassVar[tuple[str, ...]] = ()
    """What it needs besides what feeds it, of the same records: ``vectors``, what the encoder at the head of its chain gave,
    ``terms`` with ``term_matrix``, of a stage whose columns are terms, and ``upstream``, the records and the fitted stages themselves.
    `learn` and `apply` are given a `Joint` then, all rows at once."""
    batch_size: ClassVar[int] = 256
    """How many records a run hands it at once, where it works batch by batch."""

    # A plain dict, so that the core needs no pydantic; `asterism.registry.schema` reads it through pydantic.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            raise TypeError(f"{cls.__name__} defines __init__; annotate its fields instead, and work in fit")
        if bare := _fields_without_annotation(cls):
            raise TypeError(f"{cls.__name__}.{bare[0]} has no annotation; write `{bare[0]}: <type> = ...`, or ClassVar for a constant")
        dataclass(kw_only=True, eq=False, repr=False)(cls)

    def learn(self, data: Any) -> Any:
        """Fit on `data` and give the result for the same data; a kind says how."""
        raise NotImplementedError(f"the kind of {type(self).__name__} does not say how it learns")

    def apply(self, data: Any) -> Any:
        """Give the result for `data` with what was learned; a kind says how."""
        raise NotImplementedError(f"the kind of {type(self).__name__} does not say how it is applied")

    def columns(self, value: Any) -> Mapping[str, Any]:
        """Return further columns for the table of a run, one entry per row of `value`, by name.

        `value` is what the component gave, or consecutive rows of it; the table calls a column ``<stage>_<name>``.
        """
        return {}

    def tables(self) -> Mapping[str, Mapping[str, Sequence[Any]]]:
        """Return what was learned as tables for the folder of a run, by name: the columns of each, as sequences of one length."""
        return {}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the fields by name; with `deep`, also those of components among them as ``outer__inner``."""
        params = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # every subclass is one
        for name, value in list(params.items()):
            if deep and isinstance(value, Component):
                params |= {f"{name}__{inner}": at for inner, at in value.get_params().items()}
        return params

    def parts(self) -> Iterator["Component"]:
        """Yield the components that fields hold, alone or in a tuple, and those that these hold."""
        for value in self.get_params(deep=False).values():
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Component):
                    yield part
                    yield from part.parts()

    def set_params(self, **params: Any) -> Self:
        """Set fields by name, ``outer__inner`` included, and return self."""
        known, inside = self.get_params(deep=False), dict[str, dict[str, Any]]()
        for name in params:
            outer, _, inner = name.partition("__")
            if outer not in known or (inner and not isinstance(params.get(outer, known[outer]), Component)):
                raise ValueError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(sorted(self.get_params()))}")
        for name, value in params.items():
            outer, _, inner = name.partition("__")
            if inner:
                inside.setdefault(outer, {})[inner] = value
            else:
                setattr(self, name, value)
        for outer, fields_inside in inside.items():  # after the others, so that they reach a component that was just set
            getattr(self, outer).set_params(**fields_inside)
        return self

    def learned(self) -> dict[str, Any]:
        """Return what `fit` learned: the attributes that end in one underscore."""
        return {name: value for name, value in vars(self).items() if _is_learned_name(name)}

    @property
    def is_stateless(self) -> bool:
        """True where the class has no `fit` of its own, so there is nothing to learn."""
        return getattr(getattr(type(self), "fit", None), "__stateless__", False)

    def __sklearn_is_fitted__(self) -> bool:
        return self.is_stateless or bool(self.learned())

    def __sklearn_tags__(self) -> Any:
        # scikit-learn alone asks for this, so it is loaded by then; the core itself never imports it.
        utils = import_module("sklearn.utils")
        return utils.Tags(
            estimator_type=None,
            target_tags=utils.TargetTags(required=False),
            input_tags=utils.InputTags(sparse=True),
            requires_fit=not self.is_stateless,
        )

    def __getattr__(self, name: str) -> Any:
        if _is_learned_name(name) and not self.learned():
            raise not_fitted(f"{type(self).__name__} is not fitted yet, so it has no '{name}'; call fit first")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        # Compared as text, because arrays do not compare to one answer.
        values = {f.name: (repr(getattr(self, f.name)), repr(f.default)) for f in fields(self)}  # type: ignore[arg-type]  # every subclass is one
        return f"{type(self).__name__}({', '.join(f'{name}={now}' for name, (now, default) in values.items() if now != default)})"


def stateless(fit: Any) -> Any:
    """Mark a kind's default `fit`, which learns nothing."""
    fit.__stateless__ = True
    return fit


@dataclass(frozen=True)
class FieldInfo:
    """One field of a component class, for people: what `asterism show` and the contract kit read."""

    name: str
    type: str
    default: Any
    doc: str

    @property
    def required(self) -> bool:
        """True where the field has no default."""
        return self.default is MISSING


def describe_fields(cls: type[Component]) -> list[FieldInfo]:
    """List the fields of `cls` in order, with the docstring that follows each in the source of its class."""
    docs = attribute_docs(cls)
    return [FieldInfo(f.name, _type_text(f.type), f.default, docs.get(f.name, "")) for f in fields(cls)]  # type: ignore[arg-type]  # every subclass is one


def attribute_docs(cls: type) -> dict[str, str]:
    """Read the docstrings that follow the annotated attributes of `cls` and its bases, by attribute."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        docs |= _own_attribute_docs(base)
    return docs


@cache  # reading source takes milliseconds, and every class shares its bases with others
def _own_attribute_docs(cls: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):  # a class made at a prompt, or built in: it has no source
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    docs = {}
    for field, doc in pairwise(body):
        match field, doc:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = inspect.cleandoc(text)
    return docs


_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def _type_text(annotation: Any) -> str:
    """Write a type for people: ``int >= 1 | Literal['auto']``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " | ".join(map(_type_text, arguments))
    if origin is Annotated:
        found = [(sign, getattr(rule, name, None)) for rule in arguments[1:] for name, sign in _SIGNS.items()]
        return " ".join([_type_text(arguments[0]), *(f"{sign} {bound}" for sign, bound in found if bound is not None)])
    if annotation is NoneType or annotation is Ellipsis:
        return "None" if annotation is NoneType else "..."
    if isinstance(annotation, type) and issubclass(annotation, Component):
        return annotation.kind or annotation.__name__
    if isinstance(origin, type):
        return f"{origin.__name__}[{', '.join(map(_type_text, arguments))}]"
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation).replace("typing.", "")


def _fields_without_annotation(cls: type) -> list[str]:
    inherited = {name for base in cls.__mro__[1:] for name in (*vars(base), *vars(base).get("__annotations__", {}))}
    own = vars(cls).get("__annotations__", {})
    return [
        name
        for name, value in vars(cls).items()
        if not name.startswith("_") and name not in own and name not in inherited and not _is_behaviour(value)
    ]


def _is_behaviour(value: object) -> bool:
    return isinstance(value, FunctionType | type) or hasattr(value, "__get__")


def _is_learned_name(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__") and not name.startswith("_")
