"""A household under names that say nothing: what is solved, so that no name decides where money moves.

Accounts, securities, classes and returns are numbered by what they are and hold: policy, price, treatment, cash, lots.
Only what cannot be told apart by any of it is numbered by name, and there it makes no difference. Lots keep their order:
by day, and within a day as the document names them, since standing lot methods and the wash-sale rule go by that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from rebalancing.engine.documents.household import (
    Account,
    Cap,
    CapKind,
    ClassPolicy,
    Household,
    Policy,
    Rules,
    Security,
)
from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.plan import CASH_LIMITS, Binding, Limit, Order, Skipped
from rebalancing.engine.documents.serializing import decimal_text
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.evaluation.evaluate import Evaluation, Line, Trades
from rebalancing.engine.evaluation.tradables import BuyUnit
from rebalancing.engine.money import ZERO

ROUNDS = 3
Ranks = dict[str, int]
RULES_BY_UNIT = frozenset({Limit.GAIN_BUDGET})
RULES_BY_ACCOUNT = CASH_LIMITS
RULES_BY_SECURITY = frozenset({Limit.SECURITY_CAP})


@dataclass(frozen=True)
class Names:
    """From the document's names to neutral ones. Edits, recent trades, issuers and sectors keep theirs."""

    accounts: Mapping[str, str]
    securities: Mapping[str, str]
    classes: Mapping[str, str]
    units: Mapping[str, str]
    lots: Mapping[str, str]
    groups: Mapping[str, str]

    @cached_property
    def back(self) -> Names:
        """From neutral names to the document's."""
        maps = (self.accounts, self.securities, self.classes, self.units, self.lots, self.groups)
        return Names(*({new: old for old, new in one.items()} for one in maps))

    def household(self, given: Household) -> Household:
        """``given`` under these names, its rows sorted by them; what it calls things for people stays."""
        accounts, securities, lots = self.accounts, self.securities, self.lots
        return replace(
            given,
            tax_units=_sorted(replace(u, id=self.units[u.id], name=u.name or u.id) for u in given.tax_units),
            accounts=_sorted(self._account(account) for account in given.accounts),
            securities=_sorted(self._security(security) for security in given.securities),
            lots=_sorted(
                replace(
                    lot, id=lots[lot.id], account=accounts[lot.account], security=securities[lot.security]
                )
                for lot in given.lots
            ),
            recent_trades=tuple(
                replace(
                    row,
                    account=accounts.get(row.account, row.account),
                    security=securities[row.security],
                    lot=None if row.lot is None else lots.get(row.lot, row.lot),
                )
                for row in given.recent_trades
            ),
            policy=self._policy(given.policy),
            rules=self._rules(given.rules),
            edits=tuple(
                replace(
                    edit,
                    account=accounts[edit.account],
                    security=None if edit.security is None else securities[edit.security],
                    lot=None if edit.lot is None else lots[edit.lot],
                )
                for edit in given.edits
            ),
            objective=self._objective(given.objective),
        )

    def _account(self, account: Account) -> Account:
        may_buy = account.may_buy
        return replace(
            account,
            id=self.accounts[account.id],
            name=account.name or account.id,
            tax_unit=None if account.tax_unit is None else self.units[account.tax_unit],
            may_buy=None if may_buy is None else tuple(sorted(self.securities[one] for one in may_buy)),
        )

    def _security(self, security: Security) -> Security:
        parts = (replace(part, asset_class=self.classes[part.asset_class]) for part in security.weights)
        return replace(
            security,
            id=self.securities[security.id],
            symbol=security.symbol or security.id,
            weights=tuple(sorted(parts, key=lambda part: part.asset_class)),
            wash_group=self.groups[security.group],
            replacements=tuple(self.securities[other] for other in security.replacements),
        )

    def _policy(self, policy: Policy) -> Policy:
        sleeves = (
            replace(
                sleeve,
                asset_class=self.classes[sleeve.asset_class],
                members=tuple(
                    sorted(
                        (replace(m, security=self.securities[m.security]) for m in sleeve.members),
                        key=lambda member: (member.rank, member.security, member.treatments),
                    )
                ),
            )
            for sleeve in policy.sleeves
        )
        location = (replace(cost, asset_class=self.classes[cost.asset_class]) for cost in policy.location)
        return replace(
            policy,
            classes=_sorted(
                replace(row, id=self.classes[row.id], name=row.name or row.id) for row in policy.classes
            ),
            sleeves=tuple(
                sorted(sleeves, key=lambda s: (s.asset_class, [m.security for m in s.members], s.id))
            ),
            cash_class=None if policy.cash_class is None else self.classes[policy.cash_class],
            location=tuple(sorted(location, key=lambda cost: (cost.asset_class, cost.treatment))),
        )

    def _rules(self, rules: Rules) -> Rules:
        def listed(given: tuple[Any, ...]) -> tuple[Any, ...]:
            rows = (
                replace(
                    row,
                    security=self.securities[row.security],
                    account=None if row.account is None else self.accounts[row.account],
                )
                for row in given
            )
            return tuple(sorted(rows, key=lambda row: (row.security, row.account or "", row.reason)))

        caps = (self._cap(cap) for cap in rules.caps)
        legacy = (replace(row, security=self.securities[row.security]) for row in rules.wind_down)
        return replace(
            rules,
            do_not_sell=listed(rules.do_not_sell),
            do_not_buy=listed(rules.do_not_buy),
            caps=tuple(sorted(caps, key=lambda cap: (cap.kind, cap.id))),
            wind_down=tuple(sorted(legacy, key=lambda row: row.security)),
        )

    def _cap(self, cap: Cap) -> Cap:
        if cap.kind is CapKind.SECURITY:
            return replace(cap, id=self.securities.get(cap.id, cap.id))
        return replace(cap, classes=tuple(sorted(self.classes.get(one, one) for one in cap.classes)))

    def _objective(self, objective: Objective) -> Objective:
        account = objective.raise_account
        return objective if account is None else replace(objective, raise_account=self.accounts[account])

    def subject(self, rule: str, subject: str) -> str:
        """What a rule is about."""
        if rule in RULES_BY_UNIT:
            return self.units.get(subject, subject)
        if rule in RULES_BY_ACCOUNT:
            return self.accounts.get(subject, subject)
        if rule in RULES_BY_SECURITY:
            return self.securities.get(subject, subject)
        return self.groups.get(subject, subject) if rule == Limit.WASH_SALE else subject

    def trades(self, given: Trades) -> Trades:
        return Trades(
            {
                (self.accounts[a], self.securities[s], self.lots.get(lot, "")): n
                for (a, s, lot), n in given.sold.items()
            },
            {(self.accounts[a], self.securities[s]): n for (a, s), n in given.bought.items()},
        )

    def line(self, given: Line) -> Line:
        return replace(
            given,
            account=self.accounts[given.account],
            security=self.securities[given.security],
            lots=tuple(replace(sale, lot=self.lots[sale.lot]) for sale in given.lots),
        )

    def evaluation(self, given: Evaluation) -> Evaluation:
        """The evaluation's lines under these names, for sentences about them."""
        return replace(given, lines=tuple(self.line(line) for line in given.lines))

    def buy(self, given: BuyUnit) -> BuyUnit:
        return replace(given, account=self.accounts[given.account], security=self.securities[given.security])

    def order(self, given: Order) -> Order:
        account, security = self.accounts[given.account], self.securities[given.security]
        return replace(
            given, id=f"{account}:{given.side.value}:{security}", account=account, security=security
        )

    def skipped(self, given: Skipped) -> Skipped:
        return replace(
            given,
            account=self.accounts[given.account],
            security=self.securities[given.security],
            lot=None if given.lot is None else self.lots[given.lot],
        )

    def binding(self, given: Binding) -> Binding:
        return replace(given, subject=self.subject(given.rule, given.subject))


def names_of(household: Household) -> Names:
    """Neutral names for everything in ``household`` (rows in order)."""
    ranks = _Ranks(household)
    return Names(
        accounts=_numbered("A", ranks.accounts),
        securities=_numbered("S", ranks.securities),
        classes=_numbered("C", ranks.classes),
        units=_numbered("U", ranks.units),
        lots={
            lot.id: f"L.{number:06}"
            for number, lot in enumerate(
                sorted(household.lots, key=lambda lot: (str(lot.acquired or ""), lot.id)), start=1
            )
        },
        groups=_groups(household, ranks.securities),
    )


class _Ranks:
    """Dense ranks of each kind by what a row says, refined by what it refers to and what refers to it while that tells
    more of them apart."""

    def __init__(self, household: Household) -> None:
        self.household = household
        policy = household.policy
        held: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for lot in household.lots:
            held[lot.account, lot.security].append(
                (lot.quantity, _known(lot.basis), str(lot.acquired), str(lot.adjusted_acquired), lot.method.value,
                 str(lot.lock_reason), str(lot.locked_until))
            )  # fmt: skip
        self.held = {position: tuple(sorted(lots)) for position, lots in held.items()}
        self.classes = _ranked({row.id: self._class(row) for row in policy.classes})
        self.units = _ranked({unit.id: _unit(unit) for unit in household.tax_units})
        self.accounts = _ranked({account.id: _account(account) for account in household.accounts})
        self.securities = _ranked({security.id: _security(security) for security in household.securities})
        for _ in range(ROUNDS):
            before = self._told_apart()
            if before == self._all():
                break
            self._refine()
            if self._told_apart() == before:
                break

    def _kinds(self) -> tuple[Ranks, ...]:
        return self.classes, self.units, self.accounts, self.securities

    def _told_apart(self) -> int:
        return sum(len(set(kind.values())) for kind in self._kinds())

    def _all(self) -> int:
        return sum(len(kind) for kind in self._kinds())

    def _class(self, row: ClassPolicy) -> tuple[Any, ...]:
        is_cash = row.id == self.household.policy.cash_class
        return (is_cash, row.target, row.lower, row.upper, row.destination.value)

    def _refine(self) -> None:
        household = self.household
        classes, units, accounts, securities = self._kinds()
        about: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for security in household.securities:
            weights = sorted((classes[part.asset_class], part.weight) for part in security.weights)
            about["security", security.id].append(("weights", *weights))
            for place, other in enumerate(security.replacements):
                about["security", security.id].append(("replaced by", place, securities[other]))
                about["security", other].append(("replaces", place, securities[security.id]))
            for part in security.weights:
                about["class", part.asset_class].append(("held", securities[security.id], part.weight))
        for account in household.accounts:
            unit = account.tax_unit
            about["account", account.id].append(("unit", -1 if unit is None else units[unit]))
            if unit is not None:
                about["unit", unit].append(("account", accounts[account.id]))
            for one in account.may_buy or ():
                about["account", account.id].append(("may buy", securities[one]))
                about["security", one].append(("may be bought", accounts[account.id]))
        for (owner, one), lots in self.held.items():
            about["account", owner].append(("holds", securities[one], lots))
            about["security", one].append(("held in", accounts[owner], lots))
        for sleeve in household.policy.sleeves:
            for member in sleeve.members:
                kinds = tuple(sorted(kind.value for kind in member.treatments))
                about["security", member.security].append(
                    ("fills", classes[sleeve.asset_class], member.rank, kinds)
                )
                about["class", sleeve.asset_class].append(
                    ("filled by", securities[member.security], member.rank, kinds)
                )
        for cost in household.policy.location:
            about["class", cost.asset_class].append(("location", cost.treatment.value, cost.cost_bps))
        self._refine_by_rules(about)

        def refined(kind: str, ranks: Ranks) -> Ranks:
            return _ranked({name: (rank, tuple(sorted(about[kind, name]))) for name, rank in ranks.items()})

        self.classes, self.units = refined("class", classes), refined("unit", units)
        self.accounts, self.securities = refined("account", accounts), refined("security", securities)

    def _refine_by_rules(self, about: dict[tuple[str, str], list[tuple[Any, ...]]]) -> None:
        household, accounts, securities = self.household, self.accounts, self.securities
        rules = household.rules
        for what, listed in (("do not sell", rules.do_not_sell), ("do not buy", rules.do_not_buy)):
            for row in listed:
                about["security", row.security].append((what, accounts.get(row.account or "", -1)))
                if row.account is not None:
                    about["account", row.account].append((what, securities[row.security]))
        for cap in rules.caps:
            for security in household.securities:
                if share := cap.share_of(security):
                    about["security", security.id].append(("cap", cap.kind.value, cap.weight_max, share))
            for one in cap.classes:
                about["class", one].append(("cap", cap.weight_max))
        for legacy in rules.wind_down:
            about["security", legacy.security].append(("wind down", legacy.price_bps))
        for trade in household.recent_trades:
            told = (
                trade.kind.value,
                str(trade.on),
                trade.shares,
                trade.shares_used,
                _known(trade.loss_per_share),
            )
            about["security", trade.security].append(("recent", accounts.get(trade.account, -1), *told))
            about["account", trade.account].append(("recent", securities[trade.security], *told))
        for edit in household.edits:
            asked = (edit.kind.value, _known(edit.shares))
            about["account", edit.account].append(("edit", securities.get(edit.security or "", -1), *asked))
            if edit.security is not None:
                about["security", edit.security].append(("edit", accounts[edit.account], *asked))
        if household.objective.raise_account is not None:
            about["account", household.objective.raise_account].append(("cash is raised here",))


def _unit(unit: TaxUnit) -> tuple[Any, ...]:
    return (_plain(astuple(replace(unit, id="", name="", realized_unknown=""))),)


def _plain(value: object) -> str:
    """A row's values as text, equal where they are equal."""
    if isinstance(value, tuple):
        return f"({', '.join(_plain(part) for part in value)})"
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


def _account(account: Account) -> tuple[Any, ...]:
    due = tuple(sorted((str(c.on), c.amount) for c in account.cash_unsettled))
    flows = tuple(sorted((str(flow.on), flow.amount) for flow in account.flows))
    return (account.tax_treatment.value, account.cash_settled, account.minimum_cash, due, flows,
            account.fractional_shares, account.tradable)  # fmt: skip


def _security(security: Security) -> tuple[Any, ...]:
    return (security.price, security.half_spread, str(security.price_on), security.increment,
            _known(security.fractional_increment), security.settles_in_days, security.status.value,
            security.wash_applies)  # fmt: skip


def _groups(household: Household, ranks: Ranks) -> dict[str, str]:
    """Wash groups by the first of their securities."""
    firsts: dict[str, tuple[int, str]] = {}
    for security in household.securities:
        place = ranks[security.id], security.id
        firsts[security.group] = min(place, firsts.get(security.group, place))
    ordered = sorted(firsts, key=lambda group: firsts[group])
    return {group: f"G.{number:04}" for number, group in enumerate(ordered, start=1)}


def _known(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (False, ZERO) if amount is None else (True, amount)


def _ranked(keys: Mapping[str, Any]) -> Ranks:
    """Dense ranks of ``keys`` by value."""
    places = {key: place for place, key in enumerate(sorted(set(keys.values())))}
    return {name: places[key] for name, key in keys.items()}


def _numbered(letter: str, ranks: Ranks) -> dict[str, str]:
    ordered = sorted(ranks, key=lambda name: (ranks[name], name))
    return {name: f"{letter}.{number:04}" for number, name in enumerate(ordered, start=1)}


def _sorted(rows: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))
