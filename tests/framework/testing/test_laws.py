"""Every law catches a component that breaks it, and no other law complains."""

import socket
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from asterism.framework import Clusterer, Component, DataError, Encoder, Modality, Records, Reducer, Summable
from asterism.framework.testing import NotChecked, Report, check_component, checks_for

# The fresh processes of the kit import these classes from this folder, as they would import an installed module.
COLD = frozenset({"import_is_light", "fresh_process_applies_the_same", "fresh_process_learns_the_same"})


class Centred(Reducer):
    """Rows less the mean of the training rows: keeps every law."""

    scale: float = 1.0
    """What the rows are multiplied with."""

    def fit(self, X: Any, y: None = None) -> Self:
        self.mean_ = self._checked(X).astype(np.float64).mean(axis=0).astype(np.float32)
        return self

    def transform(self, X: Any) -> Any:
        mean = self.mean_
        if X.shape[1] != len(mean):
            raise DataError(f"X has {X.shape[1]} columns, {len(mean)} were learned")
        return np.asarray((self._checked(X) - mean) * np.float32(self.scale), np.float32)

    def _checked(self, X: Any) -> Any:
        if hasattr(X, "toarray"):
            raise TypeError("Centred takes arrays")
        if len(X) == 0 or not np.isfinite(X).all():
            raise DataError("X is empty or not finite")
        return X


class Nearest(Clusterer):
    """Groups around three rows, the least, the middle and the greatest by their sums: keeps every law."""

    def fit(self, X: Any, y: None = None) -> Self:
        order = np.argsort(_checked(X).sum(axis=1), kind="stable")
        self.centres_ = np.array(X[order[[0, len(X) // 2, -1]]])
        self.labels_ = self.predict(X)
        return self

    def predict(self, X: Any) -> Any:
        centres = self.centres_
        if X.shape[1] != centres.shape[1]:
            raise DataError("wrong width")
        return ((_checked(X)[:, None] - centres) ** 2).sum(axis=-1).argmin(axis=1)


class Letters(Encoder):
    """Counts of letters: keeps every law on a postcard."""

    reads = frozenset({"text"})

    def transform(self, records: Any) -> Any:
        return np.array([[text.count(letter) for letter in "aeiou"] for text in records], np.float32)


def _checked(X: Any) -> Any:
    if len(X) == 0 or not np.isfinite(X).all():
        raise DataError("X is empty or not finite")
    return X


def failures(component: Any, **options: Any) -> dict[str, str]:
    return {result.name: result.message for result in check_component(component, cold=False, **options).failures}


@pytest.mark.parametrize("component", [Centred, Nearest, Letters])
def test_component_that_keeps_the_laws_passes_every_check(component: type[Component]) -> None:
    report = check_component(component, cold=False)
    assert report.ok, str(report)
    report.raise_for_failures()


# --- the class


def test_missing_class_docstring_is_caught() -> None:
    class Bare(Centred): ...

    assert failures(Bare) == {"class_is_documented": "Bare has no docstring; say what it does, with shapes, units and source"}


def test_undocumented_field_is_caught() -> None:
    class Quiet(Centred):
        """Has a field that nobody explains."""

        width: int = 1

    assert failures(Quiet) == {"fields_are_documented": "Quiet.width has no docstring; write a string under the field"}


def test_default_that_can_change_is_caught() -> None:
    class Holder:
        pass

    class Loose(Centred):
        """Has a default that every instance shares."""

        holder: Any = Holder()
        """Something that can change."""

    assert failures(Loose) == {"defaults_are_immutable": "Loose.holder has a default that can change (Holder); use a tuple or None"}


def test_a_field_may_have_no_default() -> None:
    class Needy(Centred):
        """Cannot be made without an argument."""

        width: int
        """How wide."""

    assert failures(Needy(width=1)) == {}


def test_set_params_that_swallows_unknown_fields_is_caught() -> None:
    class Lenient(Centred):
        """Ignores what it does not know."""

        def set_params(self, **params: Any) -> Self:
            return super().set_params(**{name: value for name, value in params.items() if name in self.get_params()})

    assert failures(Lenient) == {"fields_round_trip": "Lenient.set_params() accepts a field that does not exist"}


def test_repr_that_fails_is_caught() -> None:
    class Shy(Centred):
        """Does not tell its name."""

        def __repr__(self) -> str:
            return "<something>"

    assert failures(Shy) == {"repr_names_the_class": "repr gives <something>; let Component write it"}


def test_kind_without_verbs_is_caught() -> None:
    class Odd(Component):
        """Says what it takes and gives, and not how."""

        kind = "odd"
        takes = "matrix"
        gives = "matrix"

    assert failures(Odd)["kind_is_complete"] == "Odd has no learn; a kind says what its components do there"


def test_component_that_borrows_the_name_of_a_kind_is_caught() -> None:
    class Pretender(Letters):
        """Calls itself what it is not."""

        kind: ClassVar[str] = "clusterer"

    assert failures(Pretender) == {"kind_is_complete": "Pretender calls itself a clusterer, and does not derive from Clusterer"}


# --- learning and applying


def test_fit_that_returns_nothing_is_caught() -> None:
    class Silent(Centred):
        """Forgets to return itself."""

        def fit(self, X: Any, y: None = None) -> Any:
            super().fit(X)

        def learn(self, data: Any) -> Any:
            self.fit(data)
            return self.transform(data)

    assert failures(Silent) == {"fit_returns_self": "Silent.fit does not return self"}


def test_field_changed_by_fit_is_caught() -> None:
    class Drifting(Centred):
        """Overwrites its own setting."""

        columns: int = 0
        """How many columns; 0: all."""

        def fit(self, X: Any, y: None = None) -> Self:
            super().fit(X)
            self.columns = X.shape[1]
            return self

    message = "Drifting changes its field columns from 0 to 8; keep what is learned in columns_"
    assert failures(Drifting) == {"fields_keep_their_values": message}


def test_fit_that_changes_its_input_is_caught() -> None:
    class Greedy(Centred):
        """Centres the caller's own array."""

        def learn(self, data: Any) -> Any:
            answer = super().learn(data)
            data -= data.mean(axis=0)
            return answer

    assert failures(Greedy) == {"inputs_stay_unchanged": "Greedy changes the data that it learns from; work on a copy"}


def test_transform_that_changes_its_input_is_caught() -> None:
    class Grabby(Centred):
        """Centres the caller's own array when it is applied."""

        def apply(self, data: Any) -> Any:
            answer = super().apply(data)
            data += 1
            return answer

    assert failures(Grabby) == {"inputs_stay_unchanged": "Grabby changes the data that it is applied to; work on a copy"}


def test_records_whose_items_are_changed_are_caught() -> None:
    class Painter(Encoder):
        """Blackens the caller's images."""

        reads = frozenset({"image"})

        def transform(self, records: Any) -> Any:
            rows = []
            for image in records:
                rows.append([float(image.astype(np.float64).mean())])
                image[0, 0] += 1
            return np.array(rows, np.float32)

    assert failures(Painter) == {"inputs_stay_unchanged": "Painter changes the data that it learns from; work on a copy"}


def test_random_numbers_without_a_seed_are_caught() -> None:
    class Dice(Nearest):
        """Names its groups at random."""

        def fit(self, X: Any, y: None = None) -> Self:
            super().fit(X)
            self.centres_ = self.centres_[np.random.default_rng().permutation(3)]
            self.labels_ = self.predict(X)
            return self

    class Noisy(Nearest):
        """Names its groups at random and counts on from one call to the next."""

        def predict(self, X: Any) -> Any:
            return super().predict(X) + np.random.default_rng().integers(1_000_000)

    # Two draws of six orders are alike once in six; enough components cannot all be.
    found = [failures(Dice) for _ in range(8)]
    message = "two Dice of equal fields give two answers; take every random number from a generator seeded by random_state"
    assert {name for each in found for name in each} == {"same_seed_gives_the_same_answer"}
    assert message in [each.get("same_seed_gives_the_same_answer") for each in found]
    assert "same_seed_gives_the_same_answer" in failures(Noisy)


def test_answer_before_fit_is_caught() -> None:
    class Eager(Centred):
        """Answers with a mean of zero where none was learned."""

        def transform(self, X: Any) -> Any:
            return super().transform(X) if self.learned() else np.asarray(X, np.float32)

    assert failures(Eager) == {"use_before_fit_is_refused": "Eager used before fit answers; raise NotFittedError"}


def test_another_error_before_fit_is_caught() -> None:
    class Vague(Centred):
        """Does not say that fit is missing."""

        def transform(self, X: Any) -> Any:
            if not self.learned():
                raise KeyError("mean")
            return super().transform(X)

    message = "Vague used before fit raises KeyError ('mean') instead of NotFittedError"
    assert failures(Vague) == {"use_before_fit_is_refused": message}


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_printing_is_caught(stream: str) -> None:
    class Chatty(Centred):
        """Tells everybody."""

        def transform(self, X: Any) -> Any:
            print("hello", file=getattr(sys, stream))  # what the kit must catch
            return super().transform(X)

    assert list(failures(Chatty)) == ["nothing_is_printed"]


def test_warning_that_reaches_the_terminal_is_caught() -> None:
    class Worried(Centred):
        """Warns at every call."""

        def transform(self, X: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                warnings.showwarning = lambda message, *_: sys.stderr.write(str(message))  # pytest collects warnings; a host prints them
                warnings.warn("beware", stacklevel=1)
            return super().transform(X)

    assert failures(Worried) == {"nothing_is_printed": "Worried prints 'bewarebeware'; use report_problem or logging"}


@pytest.mark.parametrize("hide", [True, False], ids=["hidden", "open"])
@pytest.mark.parametrize(
    "call",
    [
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=0.01),
        lambda: _on_socket("connect"),
        lambda: _on_socket("connect_ex"),
        lambda: socket.getaddrinfo("example.invalid", 80),
    ],
    ids=["create_connection", "connect", "connect_ex", "getaddrinfo"],
)
def test_connection_is_caught_even_where_its_failure_is_hidden(call: Any, hide: bool) -> None:
    class Caller(Centred):
        """Asks the network, and copes where there is none."""

        def transform(self, X: Any) -> Any:
            if socket.socket.connect is not REAL_CONNECT:  # only under the check, so that this test opens no connection either
                try:
                    call()
                except OSError:
                    if not hide:
                        raise
            return super().transform(X)

    assert list(failures(Caller)) == ["no_connection_is_opened"]


REAL_CONNECT = socket.socket.connect


def _on_socket(verb: str) -> None:
    with socket.socket() as opened:
        getattr(opened, verb)(("192.0.2.1", 80))


def test_sockets_of_this_machine_are_let_through(tmp_path: Path) -> None:
    class Local(Centred):
        """Talks to a worker of its own."""

        def transform(self, X: Any) -> Any:
            with socket.socket(socket.AF_UNIX) as one:
                assert one.connect_ex(str(tmp_path / "nobody")) != 0
            return super().transform(X)

    assert failures(Local) == {}


# --- the answer


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda X: X.astype(np.float64), "Odd.learn promises matrix and gives float64, not float32"),
        (lambda X: X[:, 0], "Odd.learn promises matrix and gives 1 dimensions, not 2"),
        (lambda X: X.tolist(), "Odd.learn promises matrix and gives a list, not an array or a CSR matrix"),
    ],
    ids=["float64", "1-D", "list"],
)
def test_matrix_of_another_form_is_caught(answer: Any, message: str) -> None:
    class Odd(Centred):
        """Gives something else than a float32 matrix."""

        def transform(self, X: Any) -> Any:
            return answer(super().transform(X))

    assert failures(Odd)["answer_has_the_promised_form"] == message


def test_labels_of_another_type_are_caught() -> None:
    class Short(Nearest):
        """Gives int32 labels."""

        def predict(self, X: Any) -> Any:
            return super().predict(X).astype(np.int32)

    assert failures(Short) == {"answer_has_the_promised_form": "Short.learn promises labels and gives int32, not int64"}


def test_lost_row_is_caught() -> None:
    class Dropping(Letters):
        """Leaves out the last record of a batch."""

        def transform(self, records: Any) -> Any:
            rows = super().transform(records)
            return rows[:-1] if len(rows) > 1 else rows

    assert failures(Dropping)["each_record_has_one_row"] == "Dropping.learn gives 29 rows for 30 records"


def test_answer_that_depends_on_the_batch_is_caught() -> None:
    class Relative(Centred):
        """Scales by the batch at hand."""

        def transform(self, X: Any) -> Any:
            moved = super().transform(X)
            return moved / np.float32(np.sqrt(np.square(X, dtype=np.float64).sum()))

    found = failures(Relative)
    assert list(found) == ["batch_equals_its_rows"]
    assert found["batch_equals_its_rows"].startswith("Relative answers row 0 otherwise alone than in a batch: they differ by up to ")


def test_answer_that_depends_on_the_order_is_caught() -> None:
    class Counting(Nearest):
        """Puts every other row of a batch into another group."""

        def predict(self, X: Any) -> Any:
            labels = super().predict(X)
            labels[1::2] += 3
            return labels

    assert list(failures(Counting)) == ["batch_equals_its_rows", "order_of_rows_does_not_matter"]


def test_learning_that_depends_on_the_order_is_caught() -> None:
    class First(Centred):
        """Takes the first row for the mean."""

        def fit(self, X: Any, y: None = None) -> Self:
            self.mean_ = self._checked(X)[0].copy()
            return self

    assert list(failures(First)) == ["order_of_learning_does_not_matter"]


def test_answer_that_differs_between_learning_and_applying_is_caught() -> None:
    class Twofold(Centred):
        """Answers twice as much while it learns."""

        def fit_transform(self, X: Any, y: None = None) -> Any:
            return 2 * self.fit(X).transform(X)

    found = failures(Twofold)
    assert list(found) == ["learning_answers_as_applying"]
    assert found["learning_answers_as_applying"].startswith("Twofold answers its training data otherwise when it is applied: they differ")


def test_prediction_that_differs_from_the_labels_is_caught() -> None:
    class Moody(Nearest):
        """Renames its groups after fit."""

        def fit(self, X: Any, y: None = None) -> Self:
            super().fit(X)
            self.labels_ = (self.labels_ + 1) % 3
            return self

    found = failures(Moody)
    message = "Moody puts 60 of 60 training rows into another group than labels_, first row 0"
    assert found == {"labels_equal_prediction": message}


def test_sparse_rows_answered_otherwise_are_caught() -> None:
    class Sparse(Centred):
        """Forgets the mean where the matrix is sparse."""

        def _checked(self, X: Any) -> Any:
            return X if hasattr(X, "toarray") else super()._checked(X)

        def transform(self, X: Any) -> Any:
            return X.toarray() if hasattr(X, "toarray") else super().transform(X)

    assert list(failures(Sparse)) == ["sparse_rows_answer_as_dense_ones"]


class Mean(Centred, Summable):
    """The mean as a sum: keeps every law."""

    def begin(self, sample: Any) -> None:
        self.mean_ = np.zeros(sample.shape[1], np.float32)

    def summarize(self, batch: Any) -> Any:
        return {"sum": batch.sum(axis=0, dtype=np.float64), "count": np.array(len(batch))}

    def absorb(self, total: Any) -> bool:
        self.mean_ = (total["sum"] / total["count"]).astype(np.float32)
        return True


def test_component_that_learns_all_from_the_sample_has_nothing_to_add_up() -> None:
    class Sampled(Mean):
        """Takes the mean of the sample for that of all rows."""

        def begin(self, sample: Any) -> bool:
            return self.absorb(super().summarize(sample))

        def summarize(self, batch: Any) -> Any:
            raise AssertionError("the fit is over")

    [result] = [result for result in check_component(Sampled, cold=False).results if result.name == "summaries_add"]
    assert (result.passed, result.skipped) == (True, "Sampled learns all from the sample, so nothing is summed")


def test_summaries_that_do_not_add_are_caught() -> None:
    class Average(Mean):
        """Summarizes a batch by its mean, and means do not add."""

        def summarize(self, batch: Any) -> Any:
            return {"mean": batch.mean(axis=0, dtype=np.float64)}

    assert failures(Mean) == {}
    assert failures(Average)["summaries_add"].startswith(
        "Average.summarize gives halves whose 'mean' does not add up: they differ by up to"
    )


def test_counts_by_name_that_do_not_add_are_caught() -> None:
    class Lengths(Encoder, Summable):
        """Counts texts by their length; keeps every law."""

        reads = frozenset({"text"})

        def fit(self, records: Any, y: None = None) -> Any:
            self.absorb(self.summarize(records))
            return self

        def transform(self, records: Any) -> Any:
            counts = self.counts_
            return np.array([[counts.get(str(len(text)), 0)] for text in records], np.float32).reshape(-1, 1)

        def begin(self, sample: Any) -> None: ...

        def summarize(self, batch: Any) -> Any:
            return {"counts": Counter(str(len(text)) for text in batch)}

        def absorb(self, total: Any) -> bool:
            self.counts_ = dict(total["counts"])
            return True

    class Longest(Lengths):
        """Counts the longest text of a batch alone."""

        def summarize(self, batch: Any) -> Any:
            return {"counts": {str(max(len(text) for text in batch)): 1}}

    assert "summaries_add" not in failures(Lengths)
    assert failures(Longest)["summaries_add"].startswith("Longest.summarize gives halves whose 'counts' does not add up: ")


def test_summary_that_learns_is_caught() -> None:
    class Impatient(Mean):
        """Learns before the total is known."""

        def summarize(self, batch: Any) -> Any:
            self.mean_ += 1
            return super().summarize(batch)

    assert failures(Impatient) == {"summaries_add": "Impatient.summarize changes what was learned; only absorb does that"}


# --- refusals


@pytest.mark.parametrize(
    ("accepts", "check", "message"),
    [
        (np.nan, "nan_is_refused", "Trusting.learn answers NaN; raise DataError"),
        (np.inf, "infinity_is_refused", "Trusting.learn answers infinity; raise DataError"),
    ],
    ids=["NaN", "infinity"],
)
def test_number_that_is_none_is_caught(accepts: float, check: str, message: str) -> None:
    class Trusting(Centred):
        """Takes what is no number for zero."""

        def _checked(self, X: Any) -> Any:
            wrong = np.isnan(X) if np.isnan(accepts) else np.isinf(X)
            return super()._checked(np.where(wrong, np.float32(0), X))

    assert failures(Trusting) == {check: message}


def test_refusal_with_another_error_is_caught() -> None:
    class Rough(Centred):
        """Refuses with an error that no host expects."""

        def _checked(self, X: Any) -> Any:
            if np.isnan(X).any():
                raise TypeError("bad X")
            return super()._checked(X)

    assert failures(Rough) == {"nan_is_refused": "Rough.learn meets NaN with TypeError (bad X); raise DataError"}


def test_wrong_width_is_caught() -> None:
    class Wide(Centred):
        """Cuts rows to the columns that it knows."""

        def transform(self, X: Any) -> Any:
            return super().transform(X[:, : len(self.mean_)])

    message = "Wide.apply answers rows that are one column too wide; raise DataError"
    assert failures(Wide) == {"wrong_width_is_refused": message}


def test_learning_from_nothing_is_caught() -> None:
    class Hollow(Nearest):
        """Learns a centre from no row."""

        def fit(self, X: Any, y: None = None) -> Self:
            if len(X):
                return super().fit(X)
            self.centres_, self.labels_ = np.zeros((3, X.shape[1])), np.zeros(0, np.int64)
            return self

    assert failures(Hollow) == {"learning_from_nothing_is_refused": "Hollow.learn answers no record at all; raise DataError"}


def test_answer_for_nothing_is_caught() -> None:
    class Inventive(Letters):
        """Gives a row for no record."""

        def transform(self, records: Any) -> Any:
            rows = super().transform(records)
            return rows if len(rows) else np.zeros((1, 5), np.float32)

    assert failures(Inventive) == {"nothing_in_gives_nothing_out": "Inventive.apply gives 1 rows for no record at all"}


# --- saving


def test_learned_attribute_that_is_not_saved_is_caught() -> None:
    class Forgetful(Centred):
        """Keeps what it learned where nobody saves it."""

        def fit(self, X: Any, y: None = None) -> Self:
            super().fit(X)
            self._offset = 1
            return self

        def transform(self, X: Any) -> Any:
            return super().transform(X) + np.float32(self._offset if self.learned() else 0)

    message = (
        "Forgetful cannot be applied after loading ('Forgetful' object has no attribute '_offset'); "
        "attributes that end in one underscore are saved"
    )
    assert failures(Forgetful) == {"loaded_state_gives_the_same_answer": message}


def test_learned_object_that_cannot_be_saved_is_caught() -> None:
    class Hoarder(Centred):
        """Keeps an object that is neither array nor plain value."""

        def fit(self, X: Any, y: None = None) -> Self:
            super().fit(X)
            self.model_ = object()
            return self

    kept = "keep arrays, CSR matrices, numbers, strings, lists and dicts"
    message = f"Hoarder cannot be saved: model_ holds a object, which cannot be saved; {kept}"
    assert failures(Hoarder) == {"loaded_state_gives_the_same_answer": message}


# --- modalities


class Words(Modality[str]):
    """Words of a host, or a file of one word a line: keeps every law."""

    modality = "text"

    def read(self, source: Any) -> Any:
        if isinstance(source, str):
            file = Path(source) / "words.txt"
            if not file.exists():
                raise DataError("there is no such file", place=str(file))
            source = file.read_text(encoding="utf-8").splitlines()
        if not len(source):
            raise DataError("there is no word")
        return Records.of(source, modality="text")

    def preview(self, item: str) -> str:
        return item

    def write(self, items: Any, folder: Path) -> list[Path]:
        (folder / "words.txt").write_text("\n".join(items), encoding="utf-8")
        return [folder / "words.txt"]


def test_modality_that_keeps_the_laws_passes_every_check() -> None:
    assert failures(Words) == {}


class TwinRecords(Records[str]):
    """Records with one id for all."""

    @property
    def ids(self) -> Any:
        return ["same"] * 30

    def __len__(self) -> int:
        return 30


def test_id_that_stands_twice_is_caught() -> None:
    class Twins(Words):
        """Gives every record one id."""

        def read(self, source: Any) -> Any:
            return TwinRecords(super().read(source).entries, modality="text")

    assert failures(Twins) == {"ids_are_unique": "Twins.read gives 30 records with 1 different ids"}


def test_records_that_can_be_read_once_only_are_caught() -> None:
    class Once(Words):
        """Reads from an iterator, which is empty the second time."""

        def read(self, source: Any) -> Any:
            read = super().read(source)
            count, entries = len(read.ids), iter(list(read.entries))
            read.entries = entries
            assert len(read) == count
            return read

    assert "reading_twice_gives_the_same" in failures(Once)


def test_items_that_are_written_otherwise_are_caught() -> None:
    class Careless(Words):
        """Writes in capitals."""

        def write(self, items: Any, folder: Path) -> list[Path]:
            return super().write([item.upper() for item in items], folder)

    message = "Careless.read reads back other items (30) than write was given (30)"
    assert failures(Careless) == {"written_items_read_back": message}


def test_missing_and_empty_sources_that_are_read_are_caught() -> None:
    class Cheerful(Words):
        """Finds nothing and is content."""

        def read(self, source: Any) -> Any:
            try:
                return super().read(source)
            except DataError:
                return Records.of([], modality="text")

    assert failures(Cheerful) == {
        "missing_source_is_refused": "Cheerful.read answers a path that does not exist; raise DataError",
        "empty_source_is_refused": "Cheerful.read answers an empty sequence; raise DataError",
    }


def test_preview_that_is_no_text_is_caught() -> None:
    class Blind(Words):
        """Shows a number."""

        def preview(self, item: str) -> Any:
            return len(item)

    assert list(failures(Blind)) == ["preview_shows_an_item"]


# --- a kind that a plugin brings, and data of its own


class Grader(Component):
    """The kind of a plugin: says how unusual each row is."""

    kind = "grader"
    takes = "matrix"
    gives = "scores"

    def learn(self, data: Any) -> Any:
        return self.fit(data).score(data)  # type: ignore[attr-defined]  # its components define both

    def apply(self, data: Any) -> Any:
        return self.score(data)  # type: ignore[attr-defined]  # likewise


class Distance(Grader):
    """Distance to the mean of the training rows."""

    def fit(self, X: Any, y: None = None) -> Self:
        self.mean_ = _checked(X).astype(np.float64).mean(axis=0)
        return self

    def score(self, X: Any) -> Any:
        mean = self.mean_
        if X.shape[1] != len(mean):
            raise DataError("wrong width")
        return np.sqrt(((_checked(X) - mean) ** 2).sum(axis=1))


def test_kind_of_a_plugin_is_checked_like_the_six() -> None:
    class Crude(Distance):
        """Gives float32 scores."""

        def score(self, X: Any) -> Any:
            return super().score(X).astype(np.float32)

    names = {check.name for check in checks_for(Distance())}
    assert {"answer_has_the_promised_form", "nan_is_refused", "batch_equals_its_rows", "use_before_fit_is_refused"} <= names
    assert failures(Distance) == {}
    assert failures(Crude) == {"answer_has_the_promised_form": "Crude.learn promises scores and gives float32, not float64"}


class Lengths(Encoder):
    """Lengths of melodies, a modality that the kit has never heard of."""

    reads = frozenset({"melody"})

    def transform(self, records: Any) -> Any:
        return np.array([[len(notes), sum(notes)] for notes in records], np.float32)


def test_author_gives_data_of_a_modality_of_his_own() -> None:
    report = check_component(Lengths(), data=[(1, 2), (3, 4, 5), (6,)], cold=False)
    assert report.ok, str(report)
    assert not any(result.skipped for result in report.results if result.name not in COLD)


def test_checks_without_data_are_skipped_with_the_reason() -> None:
    report = check_component(Lengths, cold=False)
    assert report.ok
    skipped = {result.skipped for result in report.results if result.name == "batch_equals_its_rows"}
    assert skipped == {"no sample is known for melody records; give data, a list of items"}


def test_check_called_by_itself_says_that_it_cannot_run() -> None:
    check = next(check for check in checks_for(Lengths()) if check.name == "batch_equals_its_rows")
    with pytest.raises(NotChecked, match="no sample is known for melody records"):
        check(Lengths())


def test_report_reads_as_text() -> None:
    class Bare(Letters): ...

    report = check_component(Bare, cold=False)
    assert isinstance(report, Report)
    assert str(report).splitlines()[0] == f"Bare(): {len(report.results) - 4} passed, 1 failed, 3 skipped"
    assert (
        str(report).splitlines()[1] == "  FAIL  class_is_documented: Bare has no docstring; say what it does, with shapes, units and source"
    )
    assert "  ok    fields_are_documented" in str(report)
    assert "  skip  import_is_light: it needs a fresh process, and `cold` is off" in str(report)
    with pytest.raises(AssertionError) as raised:
        report.raise_for_failures()
    assert str(raised.value).splitlines()[1:] == [str(report.failures[0])]
