"""One household of the firm's arrays measured to the last digit: where floats are too near an edge, or a half of a digit.

The same facts as whole numbers (millionths of shares, prices and weights, cents of cash), and the same functions as the reading
of one household (`triggers.measures`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from clients.models import Account
from rebalancing.engine.documents.household import ClassPolicy
from rebalancing.engine.portfolio.class_values import by_class
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.shared import MILLION, Ints
from rebalancing.triggers import columns, edges, measures, out_of_band, out_of_hard_range
from rebalancing.triggers.columns import Columns
from rebalancing.triggers.measures import AccountWeights, Measure
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)
CENTS_IN_UNITS = 10**16
"""What a cent is in units of 10⁻¹⁸ dollars: a millionth of a share, of a dollar and of a weight."""


@dataclass(frozen=True, kw_only=True)
class Exactly:
    """What one household comes to."""

    measures: tuple[Measure, ...]
    accounts: tuple[AccountWeights, ...]
    investable: Decimal

    @property
    def outside_value(self) -> Decimal:
        return measures.outside_value(self.measures)

    @property
    def worst(self) -> Measure | None:
        return measures.worst(self.measures)


class Exact:
    """The firm's households, each measured when it is asked for."""

    def __init__(self, facts: FirmFacts) -> None:
        self.facts = facts

    @cached_property
    def _lots(self) -> tuple[Ints, Ints]:
        """The lots in the order of their households, and where each household's begin."""
        of = self.facts.household_of_lot
        order = np.argsort(of, kind="stable")
        starts = np.searchsorted(of[order], np.arange(len(self.facts.households) + 1))
        return order, starts

    @cached_property
    def _names(self) -> dict[str, str]:
        """The names of accounts that are measured by themselves, by their public ids."""
        own = self.facts.accounts
        keys = own.key[~self.facts.policies.pools[own.household]].tolist()
        rows = Account.objects.filter(pk__in=keys).values_list("public_id", "name")
        return {public_id: name or public_id for public_id, name in rows}

    def of(self, household: int) -> Exactly:
        """One household by its index."""
        facts = self.facts
        values = self._values(household)
        pools = bool(facts.policies.pools[household])
        sets: list[tuple[int, dict[int, int]]] = []
        if pools:
            total: dict[int, int] = {}
            for _, held in values:
                for which, value in held.items():
                    total[which] = total.get(which, 0) + value
            sets = [(-1, total)]
        else:
            sets = values
        order = self.order(household)
        rows = self.classes(household)
        found: list[Measure] = []
        investable = ZERO
        for account, held in sets:
            dollars = {facts.classes.codes[which]: _dollars(value) for which, value in held.items()}
            own = sum(dollars.values(), ZERO)
            investable += own
            if own <= ZERO:
                continue
            wanted = {code: row for code, row in rows.items() if code in order or dollars.get(code)}
            told = measures.of_values(
                {code: dollars.get(code, ZERO) for code in wanted},
                wanted.values(),
                account=None if account < 0 else str(facts.accounts.public_id[account]),
                named=order,
                edge_is_breach=bool(facts.policies.edge_is_breach[household]),
            )
            found += sorted(told, key=lambda one: order.get(one.asset_class, len(order)))
        accounts = (
            tuple(
                measures.own_weights(
                    str(facts.accounts.public_id[account]),
                    {facts.classes.codes[which]: _dollars(value) for which, value in held.items()},
                    order,
                )
                for account, held in values
            )
            if pools
            else ()
        )
        return Exactly(measures=tuple(found), accounts=accounts, investable=investable)

    def triggers(self, household: int) -> tuple[Trigger, ...]:
        """The classes of the household outside their bands or hard ranges, in the order of `triggers.TRIGGERS`."""
        found = self.of(household).measures
        if not found:
            return ()
        given = self._given(household, found)

        def told(one: Measure) -> str:
            # Nothing is due out of a household that is settled.
            name = None if one.account is None else self._names[one.account]
            return edges.standing(one, due=ZERO, name=name)

        return (
            *out_of_hard_range.of(given, found, told=told),
            *out_of_band.of(given, found, told=told),
        )

    def is_outside(self, household: int) -> bool:
        """Whether a class of the household stands outside its band or its hard range."""
        found = self.of(household).measures
        if not found:
            return False
        given = self._given(household, found)
        return bool((out_of_band.leaves(given).yes | out_of_hard_range.fires(given).yes).any())

    def _given(self, household: int, found: Sequence[Measure]) -> Columns:
        edge = bool(self.facts.policies.edge_is_breach[household])
        return columns.rows(
            *(edges.row(one, edge_is_breach=edge) | self._hard(household, one) for one in found)
        )

    def order(self, household: int) -> dict[str, int]:
        """The places of the policy's classes, by code."""
        known, named = self.facts.classes, self.facts.policies.named[household]
        which = sorted(np.flatnonzero(named).tolist(), key=lambda at: (known.place[at], at))
        return {known.codes[at]: place for place, at in enumerate(which)}

    def classes(self, household: int) -> dict[str, ClassPolicy]:
        """Every class with its target and edges, by code: zeros where the policy does not name it."""
        facts, terms = self.facts, self.facts.policies
        return {
            code: ClassPolicy(
                id=code,
                name=facts.classes.names[at],
                target=_fraction(terms.target[household, at]),
                lower=_fraction(terms.lower[household, at]),
                upper=_fraction(terms.upper[household, at]),
            )
            for at, code in enumerate(facts.classes.codes)
        }

    def _hard(self, household: int, one: Measure) -> dict[str, columns.Fact]:
        terms, at = self.facts.policies, self.facts.classes.codes.index(one.asset_class)
        return {
            "has_hard_range": bool(terms.has_hard_range[household, at]),
            "hard_lower": _fraction(terms.hard_lower[household, at]),
            "hard_upper": _fraction(terms.hard_upper[household, at]),
        }

    def _values(self, household: int) -> list[tuple[int, dict[int, int]]]:
        """Each account of the household with its dollars by class, in units of 10⁻¹⁸."""
        facts = self.facts
        first, last = np.searchsorted(facts.accounts.household, (household, household + 1))
        held: dict[int, list[tuple[int, list[tuple[int, int]]]]] = {
            account: [] for account in range(int(first), int(last))
        }
        for account, security, micro in self._held(household):
            value = micro * int(facts.securities.price_micro[security])
            held[account].append((value, self._parts(security)))
        return [
            (
                account,
                by_class(own, cash_class=facts.classes.cash, cash=int(facts.cash[account]) * CENTS_IN_UNITS),
            )
            for account, own in held.items()
        ]

    def _parts(self, security: int) -> list[tuple[int, int]]:
        """The classes that a security is of, each with millionths of it."""
        held = self.facts.securities
        parts = zip(held.part_class[security].tolist(), held.part_weight[security].tolist(), strict=True)
        return [(which, weight) for which, weight in parts if weight]

    def _held(self, household: int) -> Iterator[tuple[int, int, int]]:
        order, starts = self._lots
        lots = self.facts.lots
        which = order[starts[household] : starts[household + 1]]
        micro = np.rint(lots.quantity[which] * MILLION).astype(np.int64)
        yield from zip(
            lots.account[which].tolist(), lots.security[which].tolist(), micro.tolist(), strict=True
        )


def _dollars(units: int) -> Decimal:
    return Decimal(units).scaleb(-18)


def _fraction(millionths: int) -> Decimal:
    return Decimal(int(millionths)).scaleb(-6)
