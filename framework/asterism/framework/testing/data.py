"""Sample data for every kind of input, the same at every call, and the few things that checks do with data of any form."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from ..component import Component
from ..records import Records
from ..values import Interactions, Joint

SUBJECTS = {
    "sky": ("the pale moon", "a bright comet", "one distant star", "the old observatory", "a ring of dust"),
    "sea": ("the grey whale", "a fishing boat", "one broken shell", "the north harbour", "a swarm of herring"),
    "oven": ("the rye bread", "a copper pan", "one ripe tomato", "the village baker", "a spoon of honey"),
}
VERBS = {"sky": "rises over the dark hills", "sea": "drifts on the cold tide", "oven": "waits in the warm kitchen"}


class NoSample(ValueError):
    """There is no sample for what a component takes; its author gives data instead."""


def sample_for(component: Component) -> Any:
    """Make data that `component` can be fitted on; `NoSample` where its input is unknown here."""
    if component.takes == "source":
        return _source(getattr(component, "modality", ""))
    if component.takes == "records":
        return _records(sorted(getattr(component, "reads", ())) or ["text"])
    if component.beside:
        return made_of_texts() if "upstream" in component.beside else joint()
    if component.takes not in SAMPLES:
        raise NoSample(f"no sample is known for what {type(component).__name__} takes ({component.takes!r}); give data")
    return SAMPLES[component.takes]()


def sentences() -> list[str]:
    """Write 30 different sentences about three subjects."""
    times = ("every evening", "before the rain")
    return [f"{thing} {VERBS[topic]} {time}" for time in times for topic, things in SUBJECTS.items() for thing in things]


def images() -> list[Any]:
    """Draw 24 colour images of 12 x 12 pixels, uint8: one bright square each on a noisy ground."""
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 60, (12, 12, 3), dtype=np.uint8) for _ in range(24)]
    for place, picture in enumerate(pictures):
        row, column = 2 * (place % 4), 3 * (place % 3)
        picture[row : row + 5, column : column + 5] += np.uint8(120 + place)
    return pictures


def clips() -> list[Any]:
    """Draw 12 grey clips of 16 frames of 24 x 24 pixels, uint8: a bright square each, which moves in one of four directions."""
    random = np.random.default_rng(0)
    videos = [random.integers(0, 60, (16, 24, 24), dtype=np.uint8) for _ in range(12)]
    for place, video in enumerate(videos):
        for time in range(16):
            row, column = ((time, 6 + place), (16 - time, 6 + place), (6 + place // 2, time), (6 + place // 2, 16 - time))[place % 4]
            video[time, row : row + 6, column : column + 6] += np.uint8(120 + place)
    return videos


def events() -> list[tuple[str, str]]:
    """List what 24 users of three tastes touched, as (user, item) pairs, each pair once."""
    random = np.random.default_rng(0)
    pairs = []
    for user in range(24):
        liked = random.permutation(8)[:5] + 6 * (user % 3)
        pairs += [(f"user {user}", f"item {item}") for item in liked]
    return pairs


def interactions() -> Interactions:
    """Turn `events` into interactions without times."""
    return Interactions.from_events([user for user, _ in events()], [item for _, item in events()])


def blobs() -> Any:
    """Scatter 60 rows around three centres, float32 of shape (60, 8)."""
    random = np.random.default_rng(0)
    centres = random.normal(scale=4, size=(3, 8))
    return (centres[np.arange(60) % 3] + random.normal(scale=0.5, size=(60, 8))).astype(np.float32)


def joint() -> Joint:
    """Group 60 rows around three centres, the last six in none, beside the words of each: labels with vectors, terms and term_matrix."""
    terms = [f"{word} {group}" for group in ("sky", "sea", "oven") for word in ("thing", "place", "time", "way")]
    random = np.random.default_rng(0)
    groups = np.arange(60) % 3
    counts = random.poisson(0.3, (60, 12)) + 2 * random.poisson(0.7, (60, 12)) * (np.arange(12) // 4 == groups[:, None])
    counts[np.arange(60), 4 * groups] += 1  # no record without a word
    labels = np.where(np.arange(60) < 54, groups, -1).astype(np.int64)
    return Joint(labels, {"vectors": blobs(), "terms": terms, "term_matrix": sparse(counts.astype(np.float32))})


def made_of_texts() -> Joint:
    """Group 32 texts, the last two in none, beside what the labels were made of."""
    from .chain import grouped  # it runs a pipeline, which most checks do without

    return grouped([*sentences(), "hm", "oh"])


ITEMS: dict[str, Callable[[], list[Any]]] = {"text": sentences, "image": images, "video": clips, "interactions": events}
SAMPLES: dict[str, Callable[[], Any]] = {"matrix": blobs, "interactions": interactions}


def _records(modalities: Sequence[str]) -> Records[Any]:
    for modality in modalities:
        if modality in ITEMS:
            return Records.of(ITEMS[modality](), modality=modality)
    raise NoSample(f"no sample is known for {' or '.join(modalities)} records; give data, a list of items")


def _source(modality: str) -> list[Any]:
    if modality not in ITEMS:
        raise NoSample(f"no sample is known for the modality {modality!r}; give data, a list of items")
    return ITEMS[modality]()


def given_to(component: Component, data: Any) -> Any:
    """Turn an author's `data` into what `component` takes: items become records."""
    if component.takes != "records" or isinstance(data, Records):
        return copy_of(data)
    return Records.of(deepcopy(list(data)), modality=min(getattr(component, "reads", ()), default=""))


def copy_of(data: Any) -> Any:
    """Copy a value deeply, in the same memory order; records become a list of their decoded items."""
    if isinstance(data, Records):
        return Records.of(deepcopy(list(data)), ids=data.ids, targets=data.targets, modality=data.modality)
    return data.copy(order="K") if isinstance(data, np.ndarray) else deepcopy(data)


def rows_of(data: Any, rows: Sequence[int]) -> Any:
    """Take the records (rows, users) at `rows`, in that order."""
    if isinstance(data, Records):
        return data.take(rows)
    if isinstance(data, Interactions):
        return data.for_users([data.users[row] for row in rows])
    return data[np.asarray(rows, np.int64)]


def sparse(matrix: Any) -> Any:
    """Store an array as a CSR matrix."""
    from importlib import import_module  # the core does not depend on SciPy, so only who asks for CSR loads it

    return import_module("scipy.sparse").csr_matrix(matrix)
