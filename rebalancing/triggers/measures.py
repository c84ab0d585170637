"""A household's weights by class against its policy, exactly and as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from clients.holdings import valuation
from clients.policies import policies
from rebalancing.engine.documents.household import SleeveTarget
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.evaluation.situations import Scope, Situation, lay_out
from rebalancing.engine.portfolio import drift
from rebalancing.engine.portfolio.bands import between
from rebalancing.engine.wording import percents
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
        return max(self.measures, key=lambda one: (abs(one.drift), one.asset_class), default=None)

    @property
    def outside_value(self) -> Decimal:
        """Dollars that would have to move for every class to be inside its band."""
        return sum((one.outside * one.investable for one in self.measures), ZERO).quantize(Decimal("0.01"))


def measure(portfolio: Portfolio) -> Measured:
    """Measure the portfolio in the policy's order of classes; at account level each tradable account by
    itself.
    """
    situation = lay_out(ordered(portfolio.household))
    names = {row.id: row.name or row.id for row in portfolio.household.policy.classes}
    order = policies.class_order(portfolio.policy)
    measures = tuple(
        one
        for scope in situation.scopes
        if scope.investable > ZERO
        for one in sorted(
            _measures(portfolio, scope, names), key=lambda one: order.get(one.asset_class, len(order))
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
        if account in measured:
            continue
        held = {name: value for name, value in values.items() if value}
        investable = sum(held.values(), ZERO)
        weights = {name: held[name] / investable for name in held} if investable > ZERO else {}
        in_order = sorted(weights, key=lambda name: (order.get(name, len(order)), name))
        yield AccountWeights(account, investable, {name: weights[name] for name in in_order})


def _value(portfolio: Portfolio) -> Decimal | None:
    """What the household owns, whether or not it counts in the weights: the figure on its page, to the cent."""
    rows = portfolio.rows
    return valuation.total(
        valuation.of_account(
            lots=[lot for lot in rows.lots if lot.account_id == account.pk],
            positions=account.positions.all(),
            securities=rows.securities,
            cash=getattr(account, "cash", None),
            prices={key: price for key, price in rows.prices.items() if key not in rows.left_out},
        )
        for account in portfolio.accounts
    )


def _measures(portfolio: Portfolio, scope: Scope, names: dict[str, str]) -> list[Measure]:
    classes = {row.id: row for row in portfolio.household.policy.classes}
    named = policies.class_order(portfolio.policy).keys()
    targets = {key: row.target for key, row in classes.items()}
    bands = {key: between(row.lower, row.target, row.upper) for key, row in classes.items()}
    reading = drift.measure(scope.values, targets, bands, edge_is_breach=portfolio.edge_is_breach)
    return [
        Measure(
            account=scope.account,
            asset_class=each.name,
            name=names.get(each.name, each.name),
            value=each.value,
            weight=each.weight,
            investable=reading.investable,
            target=each.target,
            lower=classes[each.name].lower,
            upper=classes[each.name].upper,
            is_breached=each.is_breached,
            in_policy=each.name in named,
        )
        for each in reading.classes
        if each.name in named or each.value
    ]
