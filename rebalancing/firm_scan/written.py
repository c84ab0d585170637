"""Digits as the JSON text that is stored: a form for each policy and what is held of its classes, filled for each household."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rebalancing.engine.wording import MINUS
from rebalancing.firm_scan.digits import Digits
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import Weights
from rebalancing.firm_scan.shared import MILLION, Flags, Ints

Form = tuple[str, Callable[[list[Any]], tuple[Any, ...]]]
"""A text with places for figures, and what picks them out of all of a row."""
CENTS, MICRO = "%s%d.%02d", "%s%d.%06d"


class Figures:
    """The figures of sets and accounts, ready to be put into forms. Only those of `which` households are at hand."""

    def __init__(self, facts: FirmFacts, weights: Weights, digits: Digits, *, which: Flags) -> None:
        self.facts, self.digits = facts, digits
        terms = facts.policies
        every = np.concatenate([terms.target, terms.lower, terms.upper, terms.named], axis=1)
        self._policy = [row.tobytes() for row in every]
        self._shown, self._held = ([row.tobytes() for row in one] for one in (digits.shown, digits.held))
        self._forms: dict[tuple[bytes, bytes], Form] = {}
        self._account_forms: dict[tuple[bytes, bytes], Form] = {}
        at = np.flatnonzero(which[weights.household])
        self._set, count = _places(at, len(weights.household)).tolist(), len(facts.classes.codes)
        drift = digits.weight[at] - terms.target[weights.household[at]]
        figures = np.empty((len(at), count, 9), dtype=object)
        figures[:, :, 0:3] = _parts(digits.value[at], digits.is_owed[at], 100)
        figures[:, :, 3:6] = _parts(digits.weight[at], digits.is_owed[at], MILLION)
        figures[:, :, 6:9] = _parts(drift, digits.is_under[at], MILLION)
        self._of_sets: list[list[Any]] = figures.reshape(len(at), count * 9).tolist()
        self._investable = digits.investable.tolist()
        self._owned = digits.of_account.tolist()
        own = np.flatnonzero(which[facts.accounts.household] & terms.pools[facts.accounts.household])
        self._account = _places(own, len(facts.accounts.key)).tolist()
        weights_of = _parts(digits.account_weight[own], digits.is_account_owed[own], MILLION)
        self._of_accounts: list[list[Any]] = weights_of.reshape(len(own), count * 3).tolist()

    def measures(self, household: int, sets: Sequence[int], owners: Sequence[str]) -> str:
        """The measures of a household's sets of weights; `owners` are their accounts as JSON."""
        policy = self._policy[household]
        told = []
        for at, owner in zip(sets, owners, strict=True):
            if self._investable[at] <= 0:
                continue
            key = policy, self._shown[at]
            form = self._forms.get(key)
            if form is None:
                form = self._forms[key] = self._form(household, self.digits.shown[at])
            text = form[0] % form[1](self._of_sets[self._set[at]])
            told.append(text if owner == "null" else text.replace('"account": null', f'"account": {owner}'))
        return f"[{', '.join(told)}]"

    def accounts(self, household: int, accounts: Sequence[int], names: Sequence[str]) -> str:
        """The weights of a household's accounts, for information."""
        policy = self._policy[household]
        told = []
        for at in accounts:
            key = policy, self._held[at]
            form = self._account_forms.get(key)
            if form is None:
                form = self._account_forms[key] = self._account_form(household, self.digits.held[at])
            weights = form[0] % form[1](self._of_accounts[self._account[at]])
            cents = dollars(self._owned[at])
            told.append(f'{{"account": {names[at]}, "value": "{cents}", "weights": {{{weights}}}}}')
        return f"[{', '.join(told)}]"

    def _order(self, household: int, shown: Flags) -> list[int]:
        """The classes that are shown in the policy's order, those that it does not name after them."""
        place, named = self.facts.classes.place, self.facts.policies.named[household]
        return sorted(
            np.flatnonzero(shown).tolist(), key=lambda at: (not named[at], place[at] if named[at] else 0, at)
        )

    def _form(self, household: int, shown: Flags) -> Form:
        order, terms, known = self._order(household, shown), self.facts.policies, self.facts.classes
        parts = [
            f'{{"account": null, "asset_class": {_text(known.codes[at])}, "name": {_text(known.names[at])}, '
            f'"value": "{CENTS}", "weight": "{MICRO}", "target": "{_micro(terms.target[household, at])}", '
            f'"lower": "{_micro(terms.lower[household, at])}", "upper": "{_micro(terms.upper[household, at])}", '
            f'"drift": "{MICRO}", "is_breached": false, "in_policy": {"true" if terms.named[household, at] else "false"}}}'
            for at in order
        ]
        return ", ".join(parts), _picks(order, 9)

    def _account_form(self, household: int, held: Flags) -> Form:
        order = self._order(household, held)
        return ", ".join(f'{_text(self.facts.classes.codes[at])}: "{MICRO}"' for at in order), _picks(
            order, 3
        )


def _parts(whole: Ints, is_under: Flags, unit: int) -> NDArray[Any]:
    """Sign, whole part and the rest of figures in units of their last digit."""
    found = np.empty((*whole.shape, 3), dtype=object)
    size = np.abs(whole)
    found[..., 0] = np.where(is_under, "-", "")
    found[..., 1] = size // unit
    found[..., 2] = size % unit
    return found


def _picks(order: list[int], width: int) -> Callable[[list[Any]], tuple[Any, ...]]:
    """What takes the figures of these classes out of a row, `width` of each."""
    if not order:
        return _nothing
    return itemgetter(*(at * width + part for at in order for part in range(width)))


def _nothing(_row: list[Any]) -> tuple[Any, ...]:
    return ()


def _places(chosen: Ints, count: int) -> Ints:
    found = np.full(count, -1, dtype=np.int64)
    found[chosen] = np.arange(len(chosen))
    return found


def _text(words: str) -> str:
    return json.dumps(words).replace("%", "%%")


def _micro(millionths: int) -> str:
    return f"{millionths // MILLION}.{millionths % MILLION:06d}"


def dollars(cents: int) -> str:
    """Cents as dollars, `1234.50`."""
    whole = abs(cents)
    return f"{'-' if cents < 0 else ''}{whole // 100}.{whole % 100:02d}"


def tenths(count: int) -> str:
    """Tenths with one digit, `1.2`."""
    return f"{count // 10}.{count % 10}"


def percent(count: int) -> str:
    """Tenths of a percent as sentences have them, `58.0%`."""
    return f"{MINUS if count < 0 else ''}{tenths(abs(count))}%"
