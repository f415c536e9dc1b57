"""The component under test beside its data: hands out fresh copies of both, so that no check spoils the next."""

from dataclasses import dataclass
from typing import Any

from ..component import Component
from .data import NoSample, copy_of, given_to, rows_of, sample_for
from .report import NotChecked


@dataclass(frozen=True)
class Subject:
    """What a check is given."""

    component: Component
    """The author's object: its class and fields count, it is never fitted itself."""
    given: Any = None
    """The author's data; None: a sample made for what the component takes."""

    def fresh(self) -> Any:
        """Make an unfitted component with the same fields."""
        return clone(self.component)

    def data(self) -> Any:
        """Make a copy of the data."""
        try:
            return sample_for(self.component) if self.given is None else given_to(self.component, self.given)
        except NoSample as missing:
            raise NotChecked(str(missing)) from None

    def fitted(self) -> Any:
        """Make a component that has learned from a copy of the data."""
        component = self.fresh()
        component.learn(self.data())
        return component

    def learn(self) -> Any:
        """Give what a fresh component answers while it learns."""
        return self.fresh().learn(self.data())

    def apply(self, component: Any, rows: list[int] | None = None) -> Any:
        """Apply `component` to a copy of the data, or of the records at `rows`."""
        data = self.data()
        return component.apply(data if rows is None else copy_of(rows_of(data, rows)))

    @property
    def name(self) -> str:
        """Name of the class, for messages."""
        return type(self.component).__name__


def clone(component: Component) -> Any:
    """Make a component of the same class and fields that has learned nothing; components among the fields are cloned too."""
    fields = component.get_params(deep=False)
    return type(component)(**{name: clone(value) if isinstance(value, Component) else value for name, value in fields.items()})
