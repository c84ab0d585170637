"""What is stored of settled households, as text: their measures, the weights of their accounts, what was looked at, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from rebalancing.engine.wording import MINUS
from rebalancing.firm_scan import one_row
from rebalancing.firm_scan.digits import Digits, worth
from rebalancing.firm_scan.exact import Exact, Exactly
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import Weights
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import MILLION, Ints
from rebalancing.firm_scan.uncovered import prices_from
from rebalancing.models import Reading
from rebalancing.triggers import measures, triggers

Outcome = Reading.Outcome
JSON = frozenset({"measures", "account_weights", "triggers", "holds", "looked"})
NO_POLICY = "No investment policy is in force."
NOTHING = "[]"
ZERO_CENTS = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledReading:
    """What is stored of a settled household: the fields of `Reading` but for its run, moment and public id.

    The four lists and `looked` are JSON as text. No document was made, so `input_digest` is empty.
    """

    household_id: int
    outcome: str
    reason: str
    value: Decimal | None = None
    worst_drift: Decimal | None = None
    worst_class: str = ""
    outside_value: Decimal | None = None
    measures: str = NOTHING
    account_weights: str = NOTHING
    triggers: str = NOTHING
    holds: str = NOTHING
    looked: str = '{"triggers": {}, "holds": {}}'
    input_digest: str = ""
    prices_as_of_on: date | None = None

    def as_fields(self) -> dict[str, Any]:
        """The same with the JSON parsed, as the model takes it."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: json.loads(value) if name in JSON else value for name, value in told.items()}


class Teller:
    """Tells the settled households of one firm, one after the other."""

    def __init__(self, facts: FirmFacts, weights: Weights, digits: Digits, exact: Exact) -> None:
        self.facts, self.weights, self.digits, self.exact = facts, weights, digits, exact
        self.worth, self.prices_from = worth(facts), prices_from(facts)
        self.days = _holdings_days(facts)
        of, own = weights.household, facts.accounts.household
        count = np.arange(len(facts.households) + 1)
        self.sets, self.accounts = np.searchsorted(of, count), np.searchsorted(own, count)
        self.asked = json.dumps({kind.CODE: False for kind in triggers.TRIGGERS})
        self.models = {
            key: json.dumps({"name": one.row.model.name, "version": one.row.version})
            for key, one in facts.versions.items()
            if one is not None
        }
        self.codes = [json.dumps(code) for code in facts.classes.codes]
        self.heads = [
            f'"asset_class": {code}, "name": {json.dumps(name)}, "value": "'
            for code, name in zip(self.codes, facts.classes.names, strict=True)
        ]
        self._dates: dict[int, str] = {}

    def without_policy(self, household: int) -> SettledReading:
        """A household of which nothing can be asked yet."""
        return SettledReading(
            household_id=int(self.facts.households[household]),
            outcome=str(Outcome.NO_POLICY),
            reason=NO_POLICY,
        )

    def of(self, household: int, *, waits: str = "") -> SettledReading:
        """A household that is measured: inside its bands, or not due (`waits` says why)."""
        told = (
            self._by_digits(household)
            if self.digits.is_sure[household]
            else self._exactly(self.exact.of(household))
        )
        cents = int(self.worth[household])
        return SettledReading(
            household_id=int(self.facts.households[household]),
            outcome=str(Outcome.NOT_DUE if waits else Outcome.IN_BAND),
            reason=waits or told.inside,
            value=Decimal(cents).scaleb(-2),
            worst_drift=told.worst_drift,
            worst_class=told.worst_class,
            outside_value=ZERO_CENTS,
            measures=told.measures,
            account_weights=told.accounts,
            looked=self._looked(household, told.investable),
            prices_as_of_on=date.fromordinal(int(self.prices_from[household])),
        )

    def _exactly(self, found: Exactly) -> _Told:
        worst = found.worst
        assert worst is not None, "what is settled is worth something"
        return _Told(
            inside=measures.inside(worst),
            worst_drift=worst.drift.quantize(Decimal("0.000001")),
            worst_class=worst.name,
            measures=json.dumps([one.as_json() for one in found.measures]),
            accounts=json.dumps([one.as_json() for one in found.accounts]),
            investable=f"{found.investable:.2f}",
        )

    def _by_digits(self, household: int) -> _Told:
        digits, terms = self.digits, self.facts.policies
        order = self._order(household)
        parts: list[str] = []
        worst_set, farthest, investable = -1, -1.0, 0
        for at in range(self.sets[household], self.sets[household + 1]):
            which = int(self.weights.worst[at])
            investable += int(digits.investable[at])
            if which < 0:
                continue
            account = int(self.weights.account[at])
            owner = "null" if account < 0 else json.dumps(str(self.facts.accounts.public_id[account]))
            parts += self._measures(household, at, owner, order)
            drift = abs(
                float(self.weights.weight[at, which]) - float(terms.target[household, which]) / MILLION
            )
            if drift > farthest:
                worst_set, farthest = at, drift
        which = int(self.weights.worst[worst_set])
        drift_micro = int(digits.weight[worst_set, which]) - int(terms.target[household, which])
        target = int(terms.target[household, which])
        name = self.facts.classes.names[which]
        return _Told(
            inside=measures.inside_at(
                name,
                _tenths(int(digits.points[worst_set])),
                _percent(int(digits.share[worst_set])),
                _percent((target + 500) // 1000),
            ),
            worst_drift=Decimal(drift_micro).scaleb(-6),
            worst_class=name,
            measures=f"[{', '.join(parts)}]",
            accounts=f"[{', '.join(self._accounts(household, order))}]",
            investable=_dollars(investable),
        )

    def _order(self, household: int) -> list[int]:
        """The classes in the policy's order, those that it does not name after them."""
        place, named = self.facts.classes.place, self.facts.policies.named[household]
        return sorted(range(len(named)), key=lambda at: (not named[at], place[at] if named[at] else 0, at))

    def _measures(self, household: int, at: int, owner: str, order: list[int]) -> Iterator[str]:
        digits, terms = self.digits, self.facts.policies
        shown, value, weight = digits.shown[at], digits.value[at].tolist(), digits.weight[at].tolist()
        under, named = digits.is_under[at], terms.named[household]
        targets, lows, highs = (one[household].tolist() for one in (terms.target, terms.lower, terms.upper))
        for which in order:
            if not shown[which]:
                continue
            target = targets[which]
            yield (
                f'{{"account": {owner}, {self.heads[which]}{_dollars(value[which])}", "weight": "{_micro(weight[which])}", '
                f'"target": "{_micro(target)}", "lower": "{_micro(lows[which])}", "upper": "{_micro(highs[which])}", '
                f'"drift": "{_signed(weight[which] - target, is_under=bool(under[which]))}", "is_breached": false, '
                f'"in_policy": {"true" if named[which] else "false"}}}'
            )

    def _accounts(self, household: int, order: list[int]) -> Iterator[str]:
        if not self.facts.policies.pools[household]:
            return
        for account in range(self.accounts[household], self.accounts[household + 1]):
            held, weight = self.digits.held[account], self.digits.account_weight[account].tolist()
            listed = ", ".join(
                f'{self.codes[which]}: "{_micro(weight[which])}"' for which in order if held[which]
            )
            name = json.dumps(str(self.facts.accounts.public_id[account]))
            cents = int(self.digits.of_account[account])
            yield f'{{"account": {name}, "value": "{_dollars(cents)}", "weights": {{{listed}}}}}'

    def _looked(self, household: int, investable: str) -> str:
        terms, accounts = self.facts.policies, self.facts.accounts
        days = ", ".join(
            f"{json.dumps(str(accounts.public_id[at]))}: {self._day(int(self.days[at]))}"
            for at in range(self.accounts[household], self.accounts[household + 1])
        )
        model = self.models[int(terms.version[household]), bool(terms.follows[household])]
        return (
            f'{{"policy": {{"public_id": {json.dumps(str(terms.public_id[household]))}, "version": {int(terms.number[household])}}}, '
            f'"model": {model}, "holdings": {{{days}}}, "investable": "{investable}", "triggers": {self.asked}, '
            f'"holds": {{}}, "facts": {{}}}}'
        )

    def _day(self, ordinal: int) -> str:
        if ordinal not in self._dates:
            self._dates[ordinal] = f'"{date.fromordinal(ordinal).isoformat()}"' if ordinal else "null"
        return self._dates[ordinal]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    inside: str
    worst_drift: Decimal
    worst_class: str
    measures: str
    accounts: str
    investable: str


def _holdings_days(facts: FirmFacts) -> Ints:
    """The day of each account's holdings, as `scans.looking` has it: the latest of its lots, their listings and its cash."""
    lots, own = facts.lots, facts.accounts
    days = np.zeros(len(own.key), dtype=np.int64)
    real = lots.as_of_on > 0
    np.maximum.at(days, lots.account[real], lots.as_of_on[real])
    has_lots = np.zeros(len(own.key), dtype=np.bool_)
    has_lots[lots.account[real]] = True
    days = np.where(has_lots, np.maximum(days, own.listed_on), days)
    told = one_row.read(
        "clients_lotlisting WHERE security_id IS NOT NULL",
        {
            "account": ("account_id", "int4"),
            "security": ("security_id", "int4"),
            "day": one_row.day("as_of_on"),
        },
        {},
    )
    order = np.argsort(own.key)
    row, at = among(own.key[order], told["account"])
    if len(row):
        count = len(facts.securities.keys)
        held = np.unique(lots.account[real] * count + lots.security[real])
        account = order[at]
        key = account * count + np.searchsorted(facts.securities.keys, told["security"][row])
        here, _ = among(held, key)
        np.maximum.at(days, account[here], told["day"][row][here])
    return np.maximum(days, own.cash_on)


def _dollars(cents: int) -> str:
    whole = abs(cents)
    return f"{'-' if cents < 0 else ''}{whole // 100}.{whole % 100:02d}"


def _micro(millionths: int) -> str:
    whole = abs(millionths)
    return f"{'-' if millionths < 0 else ''}{whole // MILLION}.{whole % MILLION:06d}"


def _signed(millionths: int, *, is_under: bool) -> str:
    # A drift that rounds to nothing keeps its sign, as a decimal does.
    return "-0.000000" if not millionths and is_under else _micro(millionths)


def _tenths(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"


def _percent(tenths: int) -> str:
    return f"{MINUS if tenths < 0 else ''}{_tenths(abs(tenths))}%"
