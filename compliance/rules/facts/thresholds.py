"""The figures that rules compare with. Each rule declares its own in its file, with the default that is shipped.

A case carries the figures in force: the defaults, with what the firm has set otherwise. A client's own figures may
only be stricter than the firm's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class LooserThreshold(ValueError):
    """A client's figure would relax the firm's rule."""


class Stricter(StrEnum):
    """In which direction a figure makes its rule stricter."""

    LOWER = "lower"
    HIGHER = "higher"
    MORE = "more"
    """For sets: whatever contains the firm's own."""


@dataclass(frozen=True, slots=True)
class Threshold(Generic[T]):
    """One figure. Fractions are fractions of one, ``_usd`` dollars, ``_bps`` basis points, days calendar days."""

    name: str
    default: T
    stricter: Stricter = Stricter.LOWER

    def is_looser(self, wanted: Any, than: Any) -> bool:
        if self.stricter is Stricter.MORE:
            return not wanted >= than
        return bool(wanted > than if self.stricter is Stricter.LOWER else wanted < than)


def by_name(thresholds: Iterable[Threshold[Any]]) -> dict[str, Threshold[Any]]:
    """Each figure once. Raises ``ValueError`` when two rules describe one differently."""
    found: dict[str, Threshold[Any]] = {}
    for one in thresholds:
        if found.setdefault(one.name, one) != one:
            raise ValueError(
                f"Two rules describe the threshold {one.name} differently; give each its own name."
            )
    return found


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The figures in force; ``changed`` are those that differ from the default, by name."""

    changed: tuple[tuple[str, Any], ...] = ()

    def of(self, threshold: Threshold[T]) -> T:
        value: T = dict(self.changed).get(threshold.name, threshold.default)
        return value

    def named(self, *thresholds: Threshold[Any]) -> dict[str, object]:
        """The figures by name, as a finding keeps what it compared with."""
        return {threshold.name: self.of(threshold) for threshold in thresholds}

    def with_(self, threshold: Threshold[T], value: T) -> Thresholds:
        """These figures with one of them set, as the firm may."""
        return Thresholds(tuple(sorted({**dict(self.changed), threshold.name: value}.items())))

    def tightened(self, stricter: Mapping[str, Any], *, known: Mapping[str, Threshold[Any]]) -> Thresholds:
        """These figures with a client's own, stricter ones.

        Raises ``LooserThreshold`` naming the first figure that is unknown or would relax the firm's rule.
        """
        tightened = self
        for name, wanted in stricter.items():
            if name not in known:
                raise LooserThreshold(f"There is no threshold called {name}.")
            ours = self.of(known[name])
            if known[name].is_looser(wanted, ours):
                raise LooserThreshold(
                    f"{name} is {ours} for the firm; {wanted} would be looser. A client's own figure "
                    f"may only be stricter."
                )
            tightened = tightened.with_(known[name], wanted)
        return tightened
