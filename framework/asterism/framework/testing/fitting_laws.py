"""Laws about what learning and applying may do besides answering: nothing that shows, and nothing to anybody else's data."""

from ..errors import NotFittedError
from ..values import Joint
from .comparing import same
from .law import has_fit, is_fed, law
from .processes import capturing, offline
from .report import Broken
from .subject import Subject


@law(is_fed, has_fit)
def fit_returns_self(subject: Subject) -> None:
    """``fit`` returns the component itself."""
    component, data = subject.fresh(), subject.data()
    if (component.fit(data.main, **data.others) if isinstance(data, Joint) else component.fit(data)) is not component:
        raise Broken(f"{subject.name}.fit does not return self")


@law(is_fed)
def fields_keep_their_values(subject: Subject) -> None:
    """Learning and applying change no field."""
    component = subject.fresh()
    before = component.get_params(deep=False)
    component.learn(subject.data())
    subject.apply(component)
    for name, value in component.get_params(deep=False).items():
        if value is not before[name] and not same(value, before[name]):
            raise Broken(f"{subject.name} changes its field {name} from {before[name]!r} to {value!r}; keep what is learned in {name}_")


@law(is_fed)
def inputs_stay_unchanged(subject: Subject) -> None:
    """Learning and applying change nothing in the data."""
    component, data, before = subject.fresh(), subject.data(), subject.data()
    component.learn(data)
    if not same(data, before):
        raise Broken(f"{subject.name} changes the data that it learns from; work on a copy")
    component.apply(data)
    if not same(data, before):
        raise Broken(f"{subject.name} changes the data that it is applied to; work on a copy")


@law(is_fed)
def same_seed_gives_the_same_answer(subject: Subject) -> None:
    """Two components of equal fields learn the same from the same data, bit for bit, and applying one twice answers the same."""
    one, other = subject.fresh(), subject.fresh()
    if not same(one.learn(subject.data()), other.learn(subject.data())):
        raise Broken(
            f"two {subject.name} of equal fields give two answers; take every random number from a generator seeded by random_state"
        )
    first, second, third = subject.apply(one), subject.apply(one), subject.apply(other)
    if not same(first, second):
        raise Broken(f"{subject.name} applied twice gives two answers; seed the random numbers anew at each call")
    if not same(first, third):
        raise Broken(f"two {subject.name} that learned the same give two answers when they are applied")


@law(is_fed, has_fit)
def use_before_fit_is_refused(subject: Subject) -> None:
    """Applying a component that has not learned raises `NotFittedError`."""
    component = subject.fresh()
    if component.learned():
        raise Broken(f"{subject.name} has {min(component.learned())} before fit; a constant or a field has no trailing underscore")
    data = subject.data()
    try:
        component.apply(data)
    except NotFittedError:
        return
    except Exception as error:
        raise Broken(f"{subject.name} used before fit raises {type(error).__name__} ({error}) instead of NotFittedError") from error
    raise Broken(f"{subject.name} used before fit answers; raise NotFittedError")


@law(is_fed)
def nothing_is_printed(subject: Subject) -> None:
    """Learning and applying write nothing to standard output and error."""
    with capturing() as written:
        subject.apply(subject.fitted())
    if text := written.getvalue():
        raise Broken(f"{subject.name} prints {text[:80]!r}; use report_problem or logging")


@law(is_fed)
def no_connection_is_opened(subject: Subject) -> None:
    """Learning and applying open no connection to another machine."""
    with offline() as attempts:
        try:
            subject.apply(subject.fitted())
        except Exception:
            if not attempts:
                raise
    if attempts:
        raise Broken(f"{subject.name} opens a connection to {attempts[0]}; what it needs comes with its package or is a path")
