"""Laws about the answer: its form, one row per record, and that it depends on the record alone."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from ..records import Records
from ..summation import Summable, add_up
from ..values import Ranking, is_sparse, n_rows
from .comparing import close, largest_difference, same
from .data import rows_of, sparse
from .law import gives, has_fit, has_rows, is_fed, law, takes
from .report import Broken, NotChecked
from .subject import Subject

RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""How far the answer for a row alone may be from the one in a batch: matrix products of other sizes add up in another order."""
LOOSE = 1e-3
"""How far, relative to the largest number, two ways to the same float32 answer may be apart: they round at every step."""


@law(is_fed)
def answer_has_the_promised_form(subject: Subject) -> None:
    """Learning and applying give what `gives` says, with its dtype and shape."""
    form = FORMS.get(subject.component.gives)
    if form is None:
        raise NotChecked(f"no form is known for what {subject.name} gives ({subject.component.gives!r})")
    component = subject.fresh()
    for verb, answer in (("learn", component.learn(subject.data())), ("apply", subject.apply(component))):
        if wrong := form(answer, subject.component):
            raise Broken(f"{subject.name}.{verb} promises {subject.component.gives} and gives {wrong}")


def _matrix(answer: Any, _: Any) -> str:
    if not is_sparse(answer) and not isinstance(answer, np.ndarray):
        return f"a {type(answer).__name__}, not an array or a CSR matrix"
    return _array(answer, np.float32, 2)


def _array(answer: Any, dtype: Any, dimensions: int) -> str:
    if not is_sparse(answer) and not isinstance(answer, np.ndarray):
        return f"a {type(answer).__name__}, not an array"
    dtype_found = answer.data.dtype if is_sparse(answer) else answer.dtype
    if dtype_found != dtype:
        return f"{dtype_found}, not {np.dtype(dtype)}"
    return "" if len(answer.shape) == dimensions else f"{len(answer.shape)} dimensions, not {dimensions}"


def _ranking(answer: Any, component: Any) -> str:
    if not isinstance(answer, Ranking):
        return f"a {type(answer).__name__}, not a Ranking"
    wanted = getattr(component, "n_recommendations", answer.rows.shape[1])
    if wrong := _array(answer.rows, np.int64, 2) or _array(answer.scores, np.float32, 2):
        return wrong
    if answer.rows.shape != answer.scores.shape or answer.rows.shape[1] != wanted:
        return f"rows of shape {answer.rows.shape} and scores of shape {answer.scores.shape}, not {wanted} columns each"
    if answer.rows.min(initial=-1) < -1 or answer.rows.max(initial=-1) >= len(answer.items):
        return f"positions from {answer.rows.min()} to {answer.rows.max()} among {len(answer.items)} items"
    kept = np.where(answer.rows < 0, -np.inf, answer.scores)
    falls = (kept[:, :-1] >= kept[:, 1:]).all()
    return "" if falls else "scores that rise along a row, not the best first"


def _texts(answer: Any) -> str:
    if wrong := _array(answer, np.dtype(object), 1):
        return wrong
    others = {type(text).__name__ for text in answer if text is not None and not isinstance(text, str)}
    return f"{min(others)} among texts" if others else ""


FORMS: dict[str, Callable[[Any, Any], str]] = {
    "matrix": _matrix,
    "labels": lambda answer, _: _array(answer, np.int64, 1),
    "scores": lambda answer, _: _array(answer, np.float64, 1),
    "explanations": lambda answer, _: _texts(answer),
    "items": lambda answer, _: "" if isinstance(answer, list) else f"a {type(answer).__name__}, not a list",
    "ranking": _ranking,
}
"""By what a component gives: a function that says what is wrong with an answer, or nothing."""


@law(is_fed)
def each_record_has_one_row(subject: Subject) -> None:
    """The answer has as many rows (items, rankings) as there are records."""
    count, component = n_rows(subject.data()), subject.fresh()
    answers = {"learn": component.learn(subject.data()), "apply": subject.apply(component)}
    if subject.component.gives == "items":
        del answers["learn"]  # while it learns, a generator makes as many as its own field says
    for verb, answer in answers.items():
        if n_rows(answer) != count:
            raise Broken(f"{subject.name}.{verb} gives {n_rows(answer)} rows for {count} records")


@law(has_rows)
def batch_equals_its_rows(subject: Subject) -> None:
    """The answer for a batch is that of its rows one by one: bit for bit, or within 1e-5 of each number plus 1e-6 of the largest."""
    component = subject.fitted()
    whole = subject.apply(component)
    for row in range(n_rows(whole)):
        alone, beside = subject.apply(component, [row]), rows_of_answer(whole, [row])
        if not same(alone, beside) and not close(alone, beside, RELATIVE, ABSOLUTE):
            raise Broken(f"{subject.name} answers row {row} otherwise alone than in a batch: {largest_difference(alone, beside)}")


@law(has_rows)
def order_of_rows_does_not_matter(subject: Subject) -> None:
    """The answer for shuffled records is the shuffled answer."""
    component = subject.fitted()
    order = _shuffled(n_rows(subject.data()))
    straight, shuffled = rows_of_answer(subject.apply(component), order), subject.apply(component, order)
    if not close(straight, shuffled, RELATIVE, ABSOLUTE):
        raise Broken(f"{subject.name} answers shuffled records otherwise: {largest_difference(straight, shuffled)}")


@law(has_rows, has_fit, gives("matrix"))
def order_of_learning_does_not_matter(subject: Subject) -> None:
    """What is learned from shuffled records answers the same."""
    other, data = subject.fresh(), subject.data()
    other.learn(rows_of(data, _shuffled(n_rows(data))))
    straight, shuffled = subject.apply(subject.fitted()), subject.apply(other)
    if not close(straight, shuffled, LOOSE, LOOSE):
        raise Broken(f"{subject.name} learns otherwise from shuffled records: {largest_difference(straight, shuffled)}")


@law(has_rows, has_fit, gives("matrix", "scores", "ranking"))
def learning_answers_as_applying(subject: Subject) -> None:
    """What it answers while it learns is what it answers for the same records afterwards."""
    component = subject.fresh()
    learned, applied = component.learn(subject.data()), subject.apply(component)
    if not close(learned, applied, LOOSE, LOOSE):
        raise Broken(f"{subject.name} answers its training data otherwise when it is applied: {largest_difference(learned, applied)}")


@law(has_rows, gives("labels"))
def labels_equal_prediction(subject: Subject) -> None:
    """``labels_`` is what it answers while it learns, and for the same rows afterwards."""
    component = subject.fresh()
    learned, labels = component.learn(subject.data()), component.labels_
    if not same(labels, learned):
        raise Broken(f"{subject.name} answers with other groups than its labels_")
    applied = subject.apply(component)
    if not same(labels, applied):
        wrong = np.flatnonzero(np.asarray(labels) != np.asarray(applied))
        raise Broken(
            f"{subject.name} puts {len(wrong)} of {len(labels)} training rows into another group than labels_, first row {wrong[0]}"
        )


@law(takes("matrix"), has_rows)
def sparse_rows_answer_as_dense_ones(subject: Subject) -> None:
    """A CSR matrix gives what the same array gives, and stays unchanged; a component that takes arrays alone refuses it."""
    component, rows = subject.fitted(), sparse(subject.data())
    before = rows.copy()
    try:
        answer = component.apply(rows)
    except (TypeError, ValueError) as refusal:
        raise NotChecked(f"{subject.name} refuses CSR matrices: {refusal}") from refusal
    if not same(rows, before):
        raise Broken(f"{subject.name} changes the CSR matrix that it is applied to; work on a copy")
    dense = subject.apply(component)
    if not close(dense, answer, LOOSE, LOOSE):
        raise Broken(f"{subject.name} answers a CSR matrix otherwise than the same array: {largest_difference(dense, answer)}")


@law(is_fed, lambda component: isinstance(component, Summable))
def summaries_add(subject: Subject) -> None:
    """``summarize`` changes nothing in the component, and the summaries of two halves add up to that of the whole."""
    component, data = subject.fresh(), subject.data()
    total, cut = n_rows(data), n_rows(data) * 2 // 5
    batches = [_batch(data, 0, total), _batch(data, 0, cut), _batch(data, cut, total)]
    if component.begin(batches[0]):
        raise NotChecked(f"{subject.name} learns all from the sample, so nothing is summed")
    begun = deepcopy(component.learned())
    whole, *halves = (component.summarize(batch) for batch in batches)
    if not same(begun, component.learned()):
        raise Broken(f"{subject.name}.summarize changes what was learned; only absorb does that")
    for name, added in add_up(halves).items():
        if not _adds_up(whole[name], added, [half[name] for half in halves]):
            raise Broken(f"{subject.name}.summarize gives halves whose '{name}' does not add up: {largest_difference(whole[name], added)}")


def _batch(data: Any, start: int, stop: int) -> Any:
    """Cut out what `summarize` is given: some rows of a matrix, a list of items."""
    rows = rows_of(data, range(start, stop))
    return list(rows) if isinstance(rows, Records) else rows


def _adds_up(whole: Any, added: Any, halves: list[Any]) -> bool:
    if isinstance(whole, dict):
        return bool(whole == added)
    scale = max(float(np.max(np.abs(half), initial=0)) for half in halves)  # of the terms: their sum may well cancel out
    return np.allclose(whole, added, rtol=RELATIVE, atol=RELATIVE * scale)


def rows_of_answer(answer: Any, rows: list[int]) -> Any:
    """Take rows of an answer."""
    if isinstance(answer, Ranking):
        return Ranking(answer.rows[rows], answer.scores[rows], answer.items)
    return answer[np.asarray(rows)]


def _shuffled(count: int) -> list[int]:
    return [int(row) for row in np.random.default_rng(1).permutation(count)]
