import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.framework import DataError, Interactions, ModelError, UnknownComponent
from asterism.framework.problems import problems_to
from asterism.framework.splitting import random_split
from asterism.plugins.measures.ranking import ndcg
from asterism.plugins.recommend.item_knn import ItemKNN
from asterism.registry import Registry
from asterism.registry.facts import number_of
from asterism.registry.held_out import SPLITS, evaluate_held_out, intervals_of_means
from asterism.registry.runs import apply_model, run_plan

Hosted = Callable[..., Registry]
Install = Callable[..., Path]

SPEC = """\
asterism: 1
name: shop
source: {modality: interactions, path: log.csv, time: time}
stages:
  - recommender: bestsellers
  - recommender: item_knn
    n_recommendations: 2
    as: neighbours
"""
METRICS = ["ndcg", "recall", "coverage", "novelty"]


@pytest.fixture
def registry(hosted: Hosted, here: Path) -> Registry:
    """The host's components and ours."""
    return hosted("asterism")


@pytest.fixture
def log(here: Path) -> Interactions:
    """A log of 40 users, written to a file."""
    random = np.random.default_rng(0)
    n_events = 240
    users, items = random.integers(0, 40, n_events), (random.integers(0, 12, n_events) * random.random(n_events)).astype(int)
    events = sorted({(f"u{user}", f"i{item}") for user, item in zip(users, items, strict=True)})
    times = random.permutation(len(events))
    write([(*event, time) for event, time in zip(events, times, strict=True)])
    return Interactions.from_events(*zip(*events, strict=True), times=times)  # type: ignore[misc]  # two columns


def write(events: list[tuple[str, str, Any]]) -> None:
    Path("log.csv").write_text("user,item,time\n" + "".join(f"{user},{item},{time}\n" for user, item, time in events))


def run(registry: Registry, folder: str = "out", text: str = SPEC, metrics: str = "[]") -> Path:
    Path("spec.yaml").write_text(text)
    plan = registry.plan(Path("spec.yaml"), (f"metrics={metrics}", "cache=off"))
    return run_plan(registry, plan, Path(folder)).path


def test_recommenders_are_measured_on_what_they_have_not_learned(registry: Registry, log: Interactions) -> None:
    found = evaluate_held_out(registry, run(registry), split="random", share=0.3, seed=4, names=METRICS)
    train, held_out = random_split(log, 0.3, 4)
    users = [user for user, events in zip(held_out.users, np.diff(held_out.indptr), strict=True) if events]
    with problems_to(lambda problem: None):
        ranking = ItemKNN().fit(train).recommend(train.for_users(users), 2)
    numbers = ndcg(ranking, held_out.for_users(users))
    assert found.metrics["neighbours"]["ndcg"] == pytest.approx(numbers.mean())
    assert (found.users, found.all_users) == (len(users), len(log))
    assert (found.train_events, found.held_out_events) == (len(train.indices), len(held_out.indices))
    assert found.components == {"bestsellers": "recommender/bestsellers", "neighbours": "recommender/item_knn"}
    assert found.cutoffs == {"bestsellers": 3, "neighbours": 2}
    assert found.metrics.keys() == found.components.keys()
    assert found.meanings["ndcg"] == "held-out items found, near the top counting more, 1 is all first"


@pytest.mark.parametrize("split", SPLITS)
def test_every_mean_over_users_has_an_interval_around_it(registry: Registry, log: Interactions, split: str) -> None:
    found = evaluate_held_out(registry, run(registry), split=split)
    assert {"ndcg", "recall", "precision", "map", "mrr", "hit_rate", "coverage", "novelty", "diversity", "gini"} <= found.metrics[
        "neighbours"
    ].keys()
    for stage, numbers in found.metrics.items():
        assert numbers.keys() - found.intervals[stage].keys() == {"coverage", "gini"}
        for name, (low, high) in found.intervals[stage].items():
            assert low <= numbers[name] <= high
    assert found.share == (None if split == "leave-last-out" else 0.2)
    assert json.loads(json.dumps(found.intervals))


def test_the_same_seed_gives_the_same_and_nothing_is_written(registry: Registry, log: Interactions) -> None:
    folder = run(registry)
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    once, twice, other = (evaluate_held_out(registry, folder, split="random", seed=seed, names=METRICS) for seed in (1, 1, 2))
    assert once == twice
    assert once.metrics != other.metrics
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_what_cannot_be_found_is_told(registry: Registry, here: Path) -> None:
    write(
        [
            ("ann", "tea", 1),
            ("ann", "milk", 2),
            ("bob", "tea", 1),
            ("bob", "milk", 2),
            ("bob", "salt", 3),
            ("cid", "milk", 4),
            ("cid", "milk", 5),
        ]
    )
    found = evaluate_held_out(registry, run(registry), split="leave-last-out", names=["hit_rate"])
    assert [(problem.message, problem.count) for problem in found.problems[:2]] == [
        ("1 events that were held out are of items that their users have in the rest too: they count for nothing", 1),
        ("1 of the held-out events are of items that occur nowhere else: no recommender can find them", 1),
    ]
    assert (found.users, found.held_out_events) == (2, 2)
    assert found.metrics["neighbours"] == {"hit_rate": 0.5}


def test_users_without_a_history_are_named_with_the_stage(registry: Registry, here: Path) -> None:
    write([("ann", "tea", 1), ("ann", "milk", 2), ("bob", "tea", 3), ("bob", "milk", 4), ("cid", "tea", 9)])
    found = evaluate_held_out(registry, run(registry), split="time", names=["mrr"])
    assert found.metrics["neighbours"] == {"mrr": 0.5}  # milk and tea are equally popular
    (told,) = found.problems
    message = "histories hold no known item and got the most popular ones (records 'cid')"
    assert str(told) == f"stage 'neighbours': {message}"


def test_what_does_not_apply_and_what_is_unknown_is_said(registry: Registry, log: Interactions) -> None:
    folder = run(registry)
    found = evaluate_held_out(registry, folder, split="time", names=["nmi", "recall"])
    assert found.not_computed == {"nmi": ["labels", "targets"]}
    with pytest.raises(UnknownComponent, match=r"^no metric is called 'recal'; did you mean 'recall'\?$"):
        evaluate_held_out(registry, folder, split="time", names=["recal"])
    with pytest.raises(DataError, match=r"^there is no split 'last'; take one of leave-last-out, random, time$"):
        evaluate_held_out(registry, folder, split="last")


def test_a_source_that_cannot_be_split_so_is_refused(registry: Registry, log: Interactions) -> None:
    folder = run(registry, text=SPEC.replace(", time: time", ""))
    hint = "name their column with `time` under `source` and do the run again, or take another split"
    with pytest.raises(DataError, match=f"^out: the run read no times to split by; {hint}$"):
        evaluate_held_out(registry, folder, split="time")
    with pytest.raises(DataError, match=r"^out: the share of events to hold out must be above 0 and below 1 \(got 1\)"):
        evaluate_held_out(registry, folder, split="random", share=1)
    with pytest.raises(DataError, match=r"^out: there is no event to hold out \(got \d+ events of \d+ users\); choose another share"):
        evaluate_held_out(registry, folder, split="random", share=1e-9)


def test_a_source_that_is_gone_or_was_changed_is_refused(registry: Registry, log: Interactions) -> None:
    folder, path = run(registry), Path("log.csv").absolute()
    text = path.read_text()
    path.write_text(text + "new,i1,7\n")
    with pytest.raises(DataError, match=f"^out: its source, {path}, was changed after the run; put the old one back, or do the run again$"):
        evaluate_held_out(registry, folder, split="random")
    path.unlink()
    with pytest.raises(DataError, match=f"^out: its source, {path}, cannot be read any more: no such file or folder; put it back$"):
        evaluate_held_out(registry, folder, split="random")


def test_runs_that_have_no_recommender_or_applied_one_are_refused(registry: Registry, log: Interactions) -> None:
    Path("lines.txt").write_text("a\nbb\nccc\n")
    texts = "asterism: 1\nname: words\nsource: {modality: lines, path: lines.txt}\nstages: [{encoder: lengths}]\n"
    with pytest.raises(DataError, match=r"^words: events are held out of interactions, and its source is of text; leave --split out$"):
        evaluate_held_out(registry, run(registry, "words", texts), split="random")
    apply_model(registry, run(registry), "log.csv", Path("applied"))
    hint = f"name the run that fitted the model in {Path('out/model').absolute()}"
    with pytest.raises(DataError, match=f"^applied: the run applied a model and has learned nothing that could be learned anew; {hint}$"):
        evaluate_held_out(registry, Path("applied"), split="random")
    with pytest.raises(ModelError, match=r"^ot: there is no such folder; did you mean 'out'\?$"):
        evaluate_held_out(registry, Path("ot"), split="random")


def test_a_recommender_that_cannot_learn_is_named(registry: Registry, log: Interactions, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run(registry)

    def fit(self: Any, interactions: Interactions, y: None = None) -> Any:
        raise error

    monkeypatch.setattr(ItemKNN, "fit", fit)
    error: Exception = DataError("this is not to be learned", rows=[0])
    with pytest.raises(DataError, match=r"^stage 'neighbours': this is not to be learned \(records 'u\d+'\)$"):
        evaluate_held_out(registry, folder, split="random")
    error = RuntimeError("no luck")
    with pytest.raises(RuntimeError, match="no luck") as caught:
        evaluate_held_out(registry, folder, split="random")
    assert caught.value.__notes__ == ["in stage 'neighbours' (recommender/item_knn)"]


def test_intervals_are_those_of_the_mean() -> None:
    values = np.random.default_rng(0).normal(3, 2, (2000, 2))
    values[:, 1] = np.where(np.arange(2000) % 2, values[:, 0], np.nan)
    ends = intervals_of_means(values)
    for (low, high), n in zip(ends, (2000, 1000), strict=True):
        half = 1.96 * 2 / np.sqrt(n)
        assert (high - low) / 2 == pytest.approx(half, rel=0.15)
    assert intervals_of_means(np.full((3, 1), 0.5)).tolist() == [[0.5, 0.5]]
    assert intervals_of_means(np.array([[1.0], [np.nan], [np.nan]])).tolist() == [[1.0, 1.0]]  # some draws have no number at all


def test_a_metric_of_an_array_is_its_mean_without_nan() -> None:
    assert number_of(np.array([1.0, np.nan, 2.0])) == 1.5
    assert number_of(np.array([1, 2])) == 1.5
    assert number_of(np.float32(0.5)) == number_of("0.5") == 0.5
    for none in (np.array([np.nan]), np.array([]), "many", None, np.array([[1.0, 2.0]]), np.array(["a"])):
        assert np.isnan(number_of(none))


def test_a_run_writes_the_mean_of_an_array(install: Install, hosted: Hosted, here: Path, log: Interactions) -> None:
    code = "import numpy as np\n\ndef widths(ranking):\n    return (ranking.rows >= 0).sum(axis=1)\n\ndef nothing(ranking):\n"
    code += "    return np.full(len(ranking), np.nan)\n\ndef never(held_out, ids):\n    return 1.0\n"
    names = ("widths", "nothing", "never")
    install("acme", "[asterism.metric]\n" + "".join(f"{name} = acme_arrays:{name}\n" for name in names), {"acme_arrays": code})
    registry = hosted("acme", "asterism")
    folder = run(registry, metrics="[widths, nothing, coverage, novelty]")
    written = json.loads((folder / "metrics.json").read_text())
    assert {stage: set(numbers) for stage, numbers in written.items()} == {
        stage: {"widths", "coverage", "novelty"} for stage in ("bestsellers", "neighbours")
    }
    assert 2 < written["bestsellers"]["widths"] <= 3
    found = evaluate_held_out(registry, folder, split="random", names=names)
    assert found.metrics["bestsellers"]["widths"] == pytest.approx(3, abs=0.5)
    assert found.metrics["bestsellers"].keys() == found.intervals["bestsellers"].keys() == {"widths"}
    assert "metric/nothing gave no finite number on stage 'bestsellers': array([nan," in str(found.problems[-2])
    assert found.not_computed == {"never": ["held_out", "ids"]}
