"""What every component is: fields, parameters, messages, and how it looks to scikit-learn."""

import subprocess
import sys
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pytest
from annotated_types import Ge

from asterism.framework import Component, Encoder, NotFittedError, describe_fields


class Inner(Component):
    """A component that stands in a field of another one."""

    size: Annotated[int, Ge(1)] = 3
    """How large."""


class Outer(Component):
    """A component with fields of several types."""

    limit: ClassVar[int] = 7
    count: Annotated[int, Ge(1)] | Literal["auto"] = "auto"
    """How many; "auto" looks at the data.

    A second paragraph.
    """
    inner: Inner | None = None
    """The component inside."""
    plain: float = 0.5

    def fit(self, X: Any) -> "Outer":
        self.mean_ = np.mean(X)
        return self


class Longer(Outer):
    """Adds a field, and changes the default of another one."""

    plain: float = 0.75
    """Now with an explanation."""
    more: str = "x"
    """One more."""


def test_fields_are_keyword_arguments_with_defaults() -> None:
    assert Outer().count == "auto"
    assert Outer(count=3, plain=1.0).count == 3
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        Outer(3)  # type: ignore[misc]  # the error is the test
    with pytest.raises(TypeError, match="unexpected keyword argument 'cuont'"):
        Outer(cuont=3)  # type: ignore[call-arg]  # likewise


def test_field_without_annotation_is_refused() -> None:
    with pytest.raises(TypeError) as raised:

        class Sloppy(Component):
            n_clusters = 8

    assert str(raised.value) == "Sloppy.n_clusters has no annotation; write `n_clusters: <type> = ...`, or ClassVar for a constant"


def test_methods_properties_private_names_and_inner_classes_need_no_annotation() -> None:
    class Tidy(Component):
        _cache = 1

        @property
        def half(self) -> int:
            return 1

        @staticmethod
        def double(x: int) -> int:
            return 2 * x

        class Part:
            pass

    assert Tidy().get_params() == {}


def test_inherited_constant_may_be_set_without_annotation() -> None:
    class Text(Encoder):
        reads = frozenset({"text"})

        def transform(self, records: Any) -> Any:
            return np.zeros((len(records), 1), np.float32)

    assert Text().get_params() == {}
    assert Text().reads == {"text"}


def test_init_is_refused() -> None:
    with pytest.raises(TypeError) as raised:

        class Worker(Component):
            def __init__(self) -> None:
                self.done = True

    assert str(raised.value) == "Worker defines __init__; annotate its fields instead, and work in fit"


def test_default_that_can_change_is_refused_by_the_dataclass() -> None:
    with pytest.raises(ValueError, match="mutable default <class 'list'> for field words is not allowed"):

        class Shared(Component):
            words: list[str] = []  # noqa: RUF012  # the refusal is the test


def test_params_are_the_fields() -> None:
    assert Outer().get_params() == {"count": "auto", "inner": None, "plain": 0.5}
    assert Longer().get_params() == {"count": "auto", "inner": None, "plain": 0.75, "more": "x"}


def test_params_of_components_inside_stand_beside_them() -> None:
    outer = Outer(inner=Inner(size=2))
    assert outer.get_params() == {"count": "auto", "inner": outer.inner, "plain": 0.5, "inner__size": 2}
    assert "inner__size" not in outer.get_params(deep=False)


def test_params_are_set_two_components_deep() -> None:
    class Third(Component):
        outer: Outer | None = None

    third = Third(outer=Outer(inner=Inner()))
    assert third.set_params(outer__inner__size=9, outer__count=2) is third
    assert third.outer is not None
    assert third.outer.inner is not None
    assert (third.outer.inner.size, third.outer.count) == (9, 2)


def test_component_inside_and_its_param_are_set_together() -> None:
    replacement = Inner()
    outer = Outer(inner=Inner()).set_params(inner=replacement, inner__size=5)
    assert outer.inner is replacement
    assert replacement.size == 5


def test_unknown_param_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"^Outer has no field 'cuont'; it has count, inner, plain$"):
        Outer().set_params(cuont=1)


def test_unknown_param_changes_nothing() -> None:
    outer = Outer()
    with pytest.raises(ValueError, match="no field"):
        outer.set_params(plain=9.0, cuont=1)
    assert outer.plain == 0.5


def test_repr_shows_what_differs_from_the_defaults() -> None:
    assert repr(Outer()) == "Outer()"
    assert repr(Outer(count=3, inner=Inner(size=2))) == "Outer(count=3, inner=Inner(size=2))"


def test_unknown_param_of_a_component_inside_names_that_component() -> None:
    with pytest.raises(ValueError, match=r"^Inner has no field 'sise'; it has size$"):
        Outer(inner=Inner()).set_params(inner__sise=1)


def test_param_inside_a_field_that_holds_no_component_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Outer has no field 'inner__size'; it has count, inner, plain$"):
        Outer().set_params(inner__size=1)


def test_repr_works_for_fields_that_hold_arrays() -> None:
    class Fixed(Component):
        axes: Any = None

    assert repr(Fixed(axes=np.arange(2))) == "Fixed(axes=array([0, 1]))"


def test_components_are_equal_to_themselves_alone() -> None:
    one = Inner()
    assert one == one  # identity is what is asserted
    assert one != Inner()
    assert len({one, Inner()}) == 2


def test_learned_attributes_end_in_one_underscore() -> None:
    outer = Outer()
    outer._note, outer.dunder__, outer.other = 1, 2, 3  # type: ignore[attr-defined]  # only fields are declared
    assert outer.learned() == {}
    assert outer.fit([1, 3]).learned() == {"mean_": 2.0}


def test_learned_attribute_before_fit_is_not_fitted() -> None:
    with pytest.raises(NotFittedError, match=r"^Outer is not fitted yet, so it has no 'mean_'; call fit first$"):
        _ = Outer().mean_


def test_learned_attribute_that_fit_does_not_set_is_an_attribute_error_alone() -> None:
    outer = Outer().fit([1])
    with pytest.raises(AttributeError, match=r"^'Outer' object has no attribute 'median_'$") as raised:
        _ = outer.median_
    assert not isinstance(raised.value, NotFittedError)
    assert not hasattr(outer, "median_")


def test_other_missing_attributes_are_attribute_errors() -> None:
    for name in ("labels", "_labels_", "__labels__", "labels__"):
        with pytest.raises(AttributeError, match=f"^'Outer' object has no attribute '{name}'$") as raised:
            getattr(Outer(), name)
        assert not isinstance(raised.value, NotFittedError)


def test_not_fitted_is_that_of_scikit_learn_once_it_is_loaded() -> None:
    code = """
import sys
from asterism.framework import Component, NotFittedError

class Inner(Component): pass

def error():
    try:
        Inner().mean_
    except NotFittedError as raised:
        return raised

assert type(error()) is NotFittedError
assert "sklearn" not in sys.modules
import sklearn.exceptions
assert isinstance(error(), sklearn.exceptions.NotFittedError)
assert isinstance(error(), NotFittedError)
assert type(error()) is type(error())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_stateless_component_counts_as_fitted() -> None:
    class Lengths(Encoder):
        def transform(self, records: Any) -> Any:
            return np.array([[len(text)] for text in records], np.float32)

    assert Lengths().is_stateless
    assert Lengths().__sklearn_is_fitted__()
    assert not Lengths().__sklearn_tags__().requires_fit
    assert not Outer().is_stateless
    assert not Outer().__sklearn_is_fitted__()
    assert Outer().fit([1]).__sklearn_is_fitted__()


def test_scikit_learn_clones_a_component() -> None:
    from sklearn.base import clone

    outer = Outer(count=2, inner=Inner(size=5)).fit([1])
    copy = clone(outer)
    assert copy.learned() == {}
    assert copy.count == 2
    assert copy.inner is not outer.inner
    assert copy.inner.size == 5


def test_component_without_kind_says_that_it_cannot_learn_or_be_applied() -> None:
    with pytest.raises(NotImplementedError, match=r"^the kind of Inner does not say how it learns$"):
        Inner().learn([])
    with pytest.raises(NotImplementedError, match=r"^the kind of Inner does not say how it is applied$"):
        Inner().apply([])


def test_fields_are_described_in_order_with_their_docstrings() -> None:
    described = describe_fields(Longer)
    assert [field.name for field in described] == ["count", "inner", "plain", "more"]
    assert described[0].doc == 'How many; "auto" looks at the data.\n\nA second paragraph.'
    assert described[0].default == "auto"
    assert described[2].doc == "Now with an explanation."
    assert describe_fields(Outer)[2].doc == ""
    assert not described[0].required


def test_type_of_a_field_is_written_for_people() -> None:
    assert describe_fields(Outer)[0].type == "int >= 1 | Literal['auto']"
    assert describe_fields(Inner)[0].type == "int >= 1"
    assert describe_fields(Outer)[1].type.endswith("Inner | None")


def test_field_without_default_is_required() -> None:
    class Needy(Component):
        path: str
        """Where."""

    assert describe_fields(Needy)[0].required
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'path'"):
        Needy()  # type: ignore[call-arg]  # the error is the test


def test_class_without_source_has_fields_without_docs() -> None:
    made: Any = type("Made", (Component,), {"__annotations__": {"size": int}, "size": 1, "__module__": "nowhere"})
    assert [(field.name, field.doc) for field in describe_fields(made)] == [("size", "")]
