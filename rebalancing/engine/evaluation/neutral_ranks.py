"""Ranks of accounts, securities, classes and returns by what they are and hold, never by what they are called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple, replace
from decimal import Decimal
from typing import Any

from rebalancing.engine.documents.household import (
    Account,
    ClassPolicy,
    Household,
    Security,
    SleeveTarget,
)
from rebalancing.engine.documents.serializing import decimal_text
from rebalancing.engine.documents.tax_units import TaxUnit
from rebalancing.engine.money import ZERO

ROUNDS = 3


Ranks = dict[str, int]


class NeutralRanks:
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
        rows = (*policy.classes, *policy.sleeve_targets)
        self.classes = _ranked({row.id: self._class_key(row) for row in rows})
        self.units = _ranked({unit.id: _unit_key(unit) for unit in household.tax_units})
        self.accounts = _ranked({account.id: _account_key(account) for account in household.accounts})
        self.securities = _ranked({security.id: _security_key(security) for security in household.securities})
        for _ in range(ROUNDS):
            before = self._distinct()
            if before == self._all():
                break
            self._refine()
            if self._distinct() == before:
                break

    def _kinds(self) -> tuple[Ranks, ...]:
        return self.classes, self.units, self.accounts, self.securities

    def _distinct(self) -> int:
        return sum(len(set(kind.values())) for kind in self._kinds())

    def _all(self) -> int:
        return sum(len(kind) for kind in self._kinds())

    def _class_key(self, row: ClassPolicy) -> tuple[Any, ...]:
        is_cash = row.id == self.household.policy.cash_class
        kind = row.destination.value
        if isinstance(row, SleeveTarget):
            kind = f"sleeve {kind} {row.is_measured}"
        return (is_cash, row.target, row.lower, row.upper, kind)

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
            for share in security.sleeves:
                about["security", security.id].append(("in sleeve", classes[share.sleeve], share.weight))
                about["class", share.sleeve].append(("held", securities[security.id], share.weight))
        for row in household.policy.sleeve_targets:
            about["class", row.id].append(("part of", classes[row.asset_class]))
            about["class", row.asset_class].append(("has part", classes[row.id]))
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
            facts = (
                trade.kind.value,
                str(trade.on),
                trade.shares,
                trade.shares_used,
                _known(trade.loss_per_share),
            )
            about["security", trade.security].append(("recent", accounts.get(trade.account, -1), *facts))
            about["account", trade.account].append(("recent", securities[trade.security], *facts))
        for edit in household.edits:
            asked = (edit.kind.value, _known(edit.shares))
            about["account", edit.account].append(("edit", securities.get(edit.security or "", -1), *asked))
            if edit.security is not None:
                about["security", edit.security].append(("edit", accounts[edit.account], *asked))
        for gives in household.objective.gives:
            about["class", gives].append(("gives",))
        if household.objective.raise_account is not None:
            about["account", household.objective.raise_account].append(("cash is raised here",))


def _unit_key(unit: TaxUnit) -> tuple[Any, ...]:
    return (_plain_text(astuple(replace(unit, id="", name="", realized_unknown=""))),)


def _plain_text(value: object) -> str:
    """A row's values as text, equal where they are equal."""
    if isinstance(value, tuple):
        return f"({', '.join(_plain_text(part) for part in value)})"
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


def _account_key(account: Account) -> tuple[Any, ...]:
    due = tuple(sorted((str(c.on), c.amount) for c in account.cash_unsettled))
    flows = tuple(sorted((str(flow.on), flow.amount) for flow in account.flows))
    return (account.tax_treatment.value, account.cash_settled, account.minimum_cash, due, flows,
            account.fractional_shares, account.tradable)  # fmt: skip


def _security_key(security: Security) -> tuple[Any, ...]:
    return (security.price, security.half_spread, str(security.price_on), security.increment,
            _known(security.fractional_increment), security.settles_in_days, security.status.value,
            security.wash_applies)  # fmt: skip


def _known(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (False, ZERO) if amount is None else (True, amount)


def _ranked(keys: Mapping[str, Any]) -> Ranks:
    """Dense ranks of ``keys`` by value."""
    places = {key: place for place, key in enumerate(sorted(set(keys.values())))}
    return {name: places[key] for name, key in keys.items()}
