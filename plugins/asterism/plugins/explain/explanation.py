"""What an explainer gives: a sentence, the parts that it is made of, and how far it can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

LOW = 0.5
"""Below this fidelity an explanation says that it tells only a part."""
SHOWN = 3
"""Parts of one sign that a sentence names."""
NAMED_FROM = 0.1
"""Parts that weigh less than this share of the weightiest are not named in a sentence."""
KEPT = 10
"""Parts of one explanation in a table."""


@dataclass(frozen=True)
class Part:
    """One part of an explanation: a word, a patch, a span of frames, a condition, a record."""

    name: str
    weight: float
    """How much it speaks for the group; below 0 against it. The component says in which unit."""
    box: tuple[int, int, int, int] | None = None
    """Of a patch of an image: top, left, bottom and right in pixels, the last two not included."""
    frames: tuple[float, float] | None = None
    """Of a span of a video: begin and end in seconds."""
    role: str = ""
    """Where parts are of several sorts: ``exemplar``, ``borderline``, ``counter-example``, ..."""


@dataclass(frozen=True)
class Explanation:
    """Why a record is in its group, or what sets a group apart."""

    of: str
    """The id of the record, or ``group N``."""
    group: int
    parts: tuple[Part, ...]
    """The parts, the weightiest first."""
    fidelity: float | None
    """How well the explanation agrees with what it explains, 0 to 1, where that can be measured; the component says by what measure."""
    text: str
    """The explanation as a sentence; it says so where the fidelity is low."""

    @property
    def low_fidelity(self) -> bool:
        """True where the explanation tells only a part."""
        return self.fidelity is not None and self.fidelity < LOW

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "parts": [asdict(part) for part in self.parts], "low_fidelity": self.low_fidelity}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Make it of plain data again."""
        return cls(data["of"], data["group"], tuple(map(_part_of, data["parts"])), data["fidelity"], data["text"])


def _part_of(data: Mapping[str, Any]) -> Part:
    box, frames = data["box"], data["frames"]
    return Part(data["name"], data["weight"], None if box is None else tuple(box), None if frames is None else tuple(frames), data["role"])


def told(of: str, group: int, parts: Sequence[Part], fidelity: float | None, text: str, unit: str) -> Explanation:
    """Make an explanation, and let its text say how far it can be trusted; `unit` is what the parts are called."""
    explanation = Explanation(of, group, tuple(parts), fidelity, text)
    if fidelity is None:
        return explanation
    if explanation.low_fidelity:
        return replace(explanation, text=f"{text}; the {unit} explain this only in part: fidelity {fidelity:.2f}")
    return replace(explanation, text=f"{text}; fidelity {fidelity:.2f}")


def for_and_against(parts: Sequence[Part]) -> str:
    """Name the weightiest parts that speak for something, and those that speak against it; the parts are in the order of their weight."""
    least = NAMED_FROM * max((abs(part.weight) for part in parts), default=0.0)
    pros, cons = ([part for part in parts if sign * part.weight > 0 and abs(part.weight) >= least][:SHOWN] for sign in (1, -1))
    return "; ".join(f"{word} {_listed(some)}" for word, some in (("for it", pros), ("against it", cons)) if some)


def _listed(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.name} ({part.weight:+.2f})" for part in parts)


def as_table(explanations: Sequence[Explanation]) -> dict[str, list[Any]]:
    """Write the weightiest parts of explanations as columns of a table, a row per part."""
    pairs = [(explanation, part) for explanation in explanations for part in explanation.parts[:KEPT]]
    return {
        "of": [explanation.of for explanation, _ in pairs],
        "group": [explanation.group for explanation, _ in pairs],
        "part": [part.name for _, part in pairs],
        "role": [part.role for _, part in pairs],
        "weight": [part.weight for _, part in pairs],
        "fidelity": [explanation.fidelity for explanation, _ in pairs],
    }
