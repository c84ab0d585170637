"""A household's weights by class against its policy, exactly and as a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from clients.holdings import valuation
from clients.models import TaxLot
from clients.policies import policies
from rebalancing.engine.documents.household import ClassPolicy, SleeveTarget
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation.situations import Scope, Situation, lay_out
from rebalancing.engine.portfolio import drift
from rebalancing.engine.portfolio.bands import between
from rebalancing.engine.wording import percents, places_between
from rebalancing.portfolios.portfolios import Portfolio

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One class's weight in the household or an account. Dollars and fractions of one; `account` None is the
    household. `investable` is the denominator of the weights; `in_policy` is false for a class that is held
    and not named by the policy.
    """

    account: str | None
    asset_class: str
    name: str
    value: Decimal
    weight: Decimal
    investable: Decimal
    target: Decimal
    lower: Decimal
    upper: Decimal
    is_breached: bool
    in_policy: bool = True

    @property
    def drift(self) -> Decimal:
        return self.weight - self.target

    @property
    def outside(self) -> Decimal:
        """How far beyond its band, as a fraction of one; zero inside."""
        return max(ZERO, self.weight - self.upper, self.lower - self.weight)

    def sentence(self) -> str:
        """Weight and limits as a client reads them, with enough digits to tell them apart."""
        stands = f"{self.name} {'stands' if not self.name.endswith('s') else 'stand'}"
        weight, lower, upper, target = percents(self.weight, self.lower, self.upper, also=(self.target,))
        if not self.in_policy:
            return (
                f"{stands} at {weight} and {'is' if stands.endswith('stands') else 'are'} outside the policy"
            )
        edge = ", and the edge itself counts as outside" if self.weight in {self.lower, self.upper} else ""
        return f"{stands} at {weight}; the policy allows {lower} to {upper} around {target}{edge if self.is_breached else ''}"

    def as_json(self) -> dict[str, str | bool | None]:
        return {
            "account": self.account,
            "asset_class": self.asset_class,
            "name": self.name,
            "value": f"{self.value:.2f}",
            "weight": f"{self.weight:.6f}",
            "target": f"{self.target:.6f}",
            "lower": f"{self.lower:.6f}",
            "upper": f"{self.upper:.6f}",
            "drift": f"{self.drift:.6f}",
            "is_breached": self.is_breached,
            "in_policy": self.in_policy,
        }


@dataclass(frozen=True, slots=True)
class AccountWeights:
    """One account's own weights: no band applies to it, so nothing is inside or outside."""

    account: str
    investable: Decimal
    weights: dict[str, Decimal]

    def as_json(self) -> dict[str, str | dict[str, str]]:
        return {
            "account": self.account,
            "value": f"{self.investable:.2f}",
            "weights": {asset_class: f"{weight:.6f}" for asset_class, weight in self.weights.items()},
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of a household at the level of its policy.

    `value` is what it owns (`clients.holdings.valuation`), None when a part is unknown; `investable` is the
    denominator of the weights: the value less reserves and known outflows, plus known contributions, without
    holdings outside the lots. `accounts` are those that the policy does not measure by themselves.
    """

    value: Decimal | None
    investable: Decimal
    measures: tuple[Measure, ...]
    accounts: tuple[AccountWeights, ...] = ()
    sleeves: tuple[Measure, ...] = ()
    """The parts of classes that the model divides; their values are in the classes already."""

    @property
    def breached(self) -> tuple[Measure, ...]:
        return tuple(
            sorted((one for one in self.measures if one.is_breached), key=lambda one: -abs(one.drift))
        )

    @property
    def worst(self) -> Measure | None:
        """The class furthest from its target."""
        return worst(self.measures)

    @property
    def outside_value(self) -> Decimal:
        """Dollars that would have to move for every class to be inside its band."""
        return outside_value(self.measures)


def worst(found: Iterable[Measure]) -> Measure | None:
    """The class furthest from its target; of equal ones the last by its code."""
    return max(found, key=lambda one: (abs(one.drift), one.asset_class), default=None)


def outside_value(found: Iterable[Measure]) -> Decimal:
    """Dollars that would have to move for every class to be inside its band."""
    return sum((one.outside * one.investable for one in found), ZERO).quantize(Decimal("0.01"))


def measure(portfolio: Portfolio) -> Measured:
    """Measure the portfolio in the policy's order of classes; at account level each tradable account by
    itself.
    """
    situation = lay_out(ordered(portfolio.household))
    order = policies.class_order(portfolio.policy)
    measures = tuple(
        one
        for scope in situation.scopes
        if scope.investable > ZERO
        for one in sorted(
            of_values(
                scope.values,
                portfolio.household.policy.classes,
                account=scope.account,
                named=order,
                edge_is_breach=portfolio.edge_is_breach,
            ),
            key=lambda one: order.get(one.asset_class, len(order)),
        )
    )
    return Measured(
        value=_value(portfolio),
        investable=situation.investable,
        measures=measures,
        accounts=tuple(_account_weights(situation, order)),
        sleeves=tuple(one for scope in situation.scopes for one in _sleeves(scope)),
    )


def _sleeves(scope: Scope) -> Iterator[Measure]:
    for zone in scope.sleeves if scope.investable > ZERO else ():
        row, value = zone.policy, scope.sleeve_values[zone.policy.id]
        has_band = isinstance(row, SleeveTarget) and row.is_measured
        yield Measure(
            account=scope.account,
            asset_class=row.id,
            name=row.name or row.id,
            value=value,
            weight=value / scope.investable,
            investable=scope.investable,
            target=row.target,
            lower=row.lower if has_band else ZERO,
            upper=row.upper if has_band else ONE,
            is_breached=zone.breached,
        )


def _account_weights(situation: Situation, order: dict[str, int]) -> Iterator[AccountWeights]:
    """The accounts that are not measured by themselves, each with the classes it holds, in the policy's
    order.
    """
    measured = {scope.account for scope in situation.scopes}
    for account, values in situation.values_by_account.items():
        if account not in measured:
            yield own_weights(account, values, order)


def own_weights(account: str, values: Mapping[str, Decimal], order: Mapping[str, int]) -> AccountWeights:
    """What one account weighs by itself, from its dollars by class; `order` is that of the policy."""
    held = {name: value for name, value in values.items() if value}
    investable = sum(held.values(), ZERO)
    weights = {name: held[name] / investable for name in held} if investable > ZERO else {}
    in_order = sorted(weights, key=lambda name: (order.get(name, len(order)), name))
    return AccountWeights(account, investable, {name: weights[name] for name in in_order})


def _value(portfolio: Portfolio) -> Decimal | None:
    """What the household owns, whether or not it counts in the weights: the figure on its page, to the cent."""
    rows = portfolio.rows
    prices = {key: price for key, price in rows.prices.items() if key not in rows.left_out}
    lots: dict[int, list[TaxLot]] = defaultdict(list)
    for lot in rows.lots:
        lots[lot.account_id].append(lot)
    return valuation.total(
        valuation.of_account(
            lots=lots[account.pk],
            positions=account.positions.all(),
            securities=rows.securities,
            cash=getattr(account, "cash", None),
            prices=prices,
        )
        for account in portfolio.accounts
    )


def of_values(
    values: Mapping[str, Decimal],
    classes: Iterable[ClassPolicy],
    *,
    account: str | None,
    named: Container[str],
    edge_is_breach: bool,
) -> list[Measure]:
    """The measures of one set of weights from its dollars by class, against `classes`: those of the policy (`named`) and what is
    held beside them.
    """
    rows = {row.id: row for row in classes}
    targets = {key: row.target for key, row in rows.items()}
    bands = {key: between(row.lower, row.target, row.upper) for key, row in rows.items()}
    reading = drift.measure(values, targets, bands, edge_is_breach=edge_is_breach)
    return [
        Measure(
            account=account,
            asset_class=each.name,
            name=rows[each.name].name or each.name,
            value=each.value,
            weight=each.weight,
            investable=reading.investable,
            target=each.target,
            lower=rows[each.name].lower,
            upper=rows[each.name].upper,
            is_breached=each.is_breached,
            in_policy=each.name in named,
        )
        for each in reading.classes
        if each.name in named or each.value
    ]


def inside(worst: Measure | None) -> str:
    """That nothing is outside, with the class furthest from its target."""
    if worst is None:
        return "The household has no holdings to measure."
    places = places_between(worst.weight, worst.target)
    weight, target = percents(worst.weight, worst.target)
    return inside_at(worst.name, f"{abs(worst.drift * 100):.{places}f}", weight, target)


def inside_at(name: str, points: str, weight: str, target: str) -> str:
    """The same of figures in words."""
    return f"Every class is inside its band. The largest drift is in {name}: {points} points ({weight} against {target})."
