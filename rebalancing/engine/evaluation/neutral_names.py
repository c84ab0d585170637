"""A household under neutral names, which is what the engine solves: no account, security or client name can influence
a plan.

Accounts, securities, classes and returns are numbered by what they are and hold: policy, price, treatment, cash, lots.
Only what cannot be told apart by any of it is numbered by name, and there it makes no difference. Lots keep their order:
by day, and within a day as the document names them, since standing lot methods and the wash-sale rule go by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from rebalancing.engine.documents.household import (
    Account,
    Cap,
    CapKind,
    Household,
    Policy,
    Rules,
    Security,
)
from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.plan import CASH_LIMITS, Binding, Limit, Order, Skipped
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.neutral_ranks import NeutralRanks, Ranks
from rebalancing.engine.evaluation.order_lines import Line, Trades
from rebalancing.engine.evaluation.tradables import BuyUnit

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
            sleeves=tuple(
                sorted(
                    (replace(part, sleeve=self.classes[part.sleeve]) for part in security.sleeves),
                    key=lambda part: part.sleeve,
                )
            ),
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
            sleeve_targets=_sorted(
                replace(
                    row,
                    id=self.classes[row.id],
                    asset_class=self.classes[row.asset_class],
                    name=row.name or row.id,
                )
                for row in policy.sleeve_targets
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
        if account is not None:
            objective = replace(objective, raise_account=self.accounts[account])
        gives = tuple(self.classes[one] for one in objective.gives)
        rows = (
            replace(
                row,
                lot=self.lots[row.lot],
                replacements=tuple(self.securities[other] for other in row.replacements),
            )
            for row in objective.harvest
        )
        return replace(objective, gives=gives, harvest=tuple(sorted(rows, key=lambda row: row.lot)))

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
    ranks = NeutralRanks(household)
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


def _groups(household: Household, ranks: Ranks) -> dict[str, str]:
    """Wash groups by the first of their securities."""
    firsts: dict[str, tuple[int, str]] = {}
    for security in household.securities:
        place = ranks[security.id], security.id
        firsts[security.group] = min(place, firsts.get(security.group, place))
    ordered = sorted(firsts, key=lambda group: firsts[group])
    return {group: f"G.{number:04}" for number, group in enumerate(ordered, start=1)}


def _numbered(letter: str, ranks: Ranks) -> dict[str, str]:
    ordered = sorted(ranks, key=lambda name: (ranks[name], name))
    return {name: f"{letter}.{number:04}" for number, name in enumerate(ordered, start=1)}


def _sorted(rows: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))
