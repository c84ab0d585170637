"""What is stored of settled households, as text: their measures, the weights of their accounts, what was looked at, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from rebalancing.firm_scan import one_row, written
from rebalancing.firm_scan.digits import Digits, worth
from rebalancing.firm_scan.exact import Exact, Exactly
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.kernel import Weights
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import MILLION, Flags, Ints
from rebalancing.firm_scan.uncovered import prices_from
from rebalancing.models import Reading
from rebalancing.triggers import measures, triggers
from rebalancing.triggers.trigger import Trigger

Outcome = Reading.Outcome
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


class Teller:
    """Tells the settled households of one firm, one after the other."""

    def __init__(
        self, facts: FirmFacts, weights: Weights, digits: Digits, exact: Exact, *, which: Flags
    ) -> None:
        self.facts, self.weights, self.digits, self.exact = facts, weights, digits, exact
        self._dates: dict[int, str] = {}
        self.worth = worth(facts).tolist()
        self.prices_from = [date.fromordinal(day) for day in prices_from(facts).tolist()]
        self.days = [self._iso(day) for day in _holdings_days(facts).tolist()]
        self.figures = written.Figures(facts, weights, digits, which=which & digits.is_sure)
        count = np.arange(len(facts.households) + 1)
        self.sets = np.searchsorted(weights.household, count).tolist()
        self.accounts = np.searchsorted(facts.accounts.household, count).tolist()
        self._of_worst(facts, weights, digits)
        self.pools, self.owners = facts.policies.pools.tolist(), weights.account.tolist()
        self.keys, self.is_sure = facts.households.tolist(), digits.is_sure.tolist()
        terms = facts.policies
        self.version = list(zip(terms.version.tolist(), terms.follows.tolist(), strict=True))
        self.number = terms.number.tolist()
        self.names = [json.dumps(str(name)) for name in facts.accounts.public_id]
        self.asked = json.dumps({kind.CODE: False for kind in triggers.TRIGGERS})
        self.models = {
            key: json.dumps({"name": one.row.model.name, "version": one.row.version})
            for key, one in facts.versions.items()
            if one is not None
        }

    def _of_worst(self, facts: FirmFacts, weights: Weights, digits: Digits) -> None:
        """By set, what is told of the class furthest from its target; a set worth nothing is furthest of none."""
        row, which = np.arange(len(weights.household)), np.maximum(weights.worst, 0)
        target = facts.policies.target[weights.household, which]
        drift = np.abs(weights.weight[row, which] - target / MILLION)
        self.drift: list[float] = np.where(weights.worst >= 0, drift, -1).tolist()
        self.worst, self.target = which.tolist(), target.tolist()
        self.worst_weight = digits.weight[row, which].tolist()
        self.points, self.share = digits.points.tolist(), digits.share.tolist()
        self.investable = digits.investable.tolist()

    def without_policy(self, household: int) -> SettledReading:
        """A household of which nothing can be asked yet."""
        return SettledReading(
            household_id=self.keys[household],
            outcome=str(Outcome.NO_POLICY),
            reason=NO_POLICY,
        )

    def of(self, household: int, *, waits: str = "", told: _Told | None = None) -> SettledReading:
        """A household that is measured: inside its bands, or not due (`waits` says why)."""
        if told is None:
            is_sure = self.is_sure[household]
            told = self._by_digits(household) if is_sure else self._exactly(self.exact.of(household))
        return SettledReading(
            household_id=self.keys[household],
            outcome=str(Outcome.NOT_DUE if waits else Outcome.IN_BAND),
            reason=waits or told.inside,
            value=Decimal(self.worth[household]).scaleb(-2),
            worst_drift=told.worst_drift,
            worst_class=told.worst_class,
            outside_value=ZERO_CENTS,
            measures=told.measures,
            account_weights=told.accounts,
            looked=self._looked(household, told.investable),
            prices_as_of_on=self.prices_from[household],
        )

    def outside(self, household: int, found: tuple[Trigger, ...], *, waits: str) -> SettledReading:
        """A household outside its bands on a day on which that waits."""
        exactly = self.exact.of(household)
        fired = {one.code for one in found}
        asked = json.dumps({kind.CODE: kind.CODE in fired for kind in triggers.TRIGGERS})
        inside = self.of(household, waits=waits, told=self._exactly(exactly))
        return replace(
            inside,
            outside_value=exactly.outside_value,
            triggers=json.dumps([one.as_json() for one in found]),
            looked=inside.looked.replace(self.asked, asked),
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
        first, last = self.sets[household], self.sets[household + 1]
        accounts = range(self.accounts[household], self.accounts[household + 1])
        pools = self.pools[household]
        owners = ["null"] if pools else [self.names[at] for at in self.owners[first:last]]
        at = max(range(first, last), key=self.drift.__getitem__)
        name = self.facts.classes.names[self.worst[at]]
        return _Told(
            inside=measures.inside_at(
                name,
                written.tenths(self.points[at]),
                written.percent(self.share[at]),
                written.percent((self.target[at] + 500) // 1000),
            ),
            worst_drift=Decimal(self.worst_weight[at] - self.target[at]).scaleb(-6),
            worst_class=name,
            measures=self.figures.measures(household, range(first, last), owners),
            accounts=self.figures.accounts(household, accounts, self.names) if pools else NOTHING,
            investable=written.dollars(sum(self.investable[first:last])),
        )

    def _looked(self, household: int, investable: str) -> str:
        terms = self.facts.policies
        days = ", ".join(
            [
                f"{self.names[at]}: {self.days[at]}"
                for at in range(self.accounts[household], self.accounts[household + 1])
            ]
        )
        model = self.models[self.version[household]]
        return (
            f'{{"policy": {{"public_id": "{terms.public_id[household]}", "version": {self.number[household]}}}, '
            f'"model": {model}, "holdings": {{{days}}}, "investable": "{investable}", "triggers": {self.asked}, '
            f'"holds": {{}}, "facts": {{}}}}'
        )

    def _iso(self, ordinal: int) -> str:
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
    np.maximum.at(days, lots.account[real], lots.as_of_on[real].astype(np.int64))
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
