"""What must hold in a household before it can be solved: every fault at once, each with its JSON pointer.

Reading has made sure of the shape; this asks whether the values fit together. It works on the values, so
households built from database rows are asked the same questions as documents.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType

from rebalancing.engine.documents.faults import (
    MONEY_MAX,
    Dangling,
    Fault,
    at_least_zero,
    bounded,
    duplicates,
    fraction,
)
from rebalancing.engine.documents.harvest_validation import harvest_faults
from rebalancing.engine.documents.household import Cap, CapKind, Household, LotMethod
from rebalancing.engine.documents.objective import EditKind, Mode
from rebalancing.engine.documents.recent_trades import RecentTradeKind
from rebalancing.engine.documents.tax_unit_validation import budget_faults, tax_unit_faults
from rebalancing.engine.market.calendars import CalendarError, new_york
from rebalancing.engine.money import ONE, ZERO

WEIGHT_TOLERANCE = Decimal("0.000000001")
DAYS_AROUND = timedelta(days=30)


KEPT = 4  # The last sound households: the same object, which cannot change, is asked about by every stage.
_SOUND: tuple[Household, ...] = ()


def faults_in(household: Household) -> tuple[Fault, ...]:
    """Everything that keeps ``household`` from being solved, in document order; empty when it is sound."""
    global _SOUND
    if any(known is household for known in _SOUND):
        return ()
    # No comparison may meet a NaN, so that numbers without a value are asked for first, and alone.
    endless = tuple(_not_finite("", household))
    found = endless or tuple(fault for check in CHECKS for fault in check(household))
    if not found:
        _SOUND = (household, *_SOUND[: KEPT - 1])
    return found


def _not_finite(at: str, value: object) -> Iterator[Fault]:
    if isinstance(value, Decimal):
        if not value.is_finite():
            yield Fault(at, f"is no finite number: {value}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _not_finite(f"{at}/{index}", item)
    elif dataclasses.is_dataclass(value):
        kind: type = type(value)
        for name in _fields_with_numbers(kind):
            inside = getattr(value, name)
            if inside is not None and not (isinstance(inside, Decimal) and inside.is_finite()):
                yield from _not_finite(f"{at}/{name}", inside)


@cache
def _fields_with_numbers(kind: type) -> tuple[str, ...]:
    """The fields of ``kind`` in which, however deep, a number may stand that is not whole."""
    hints = typing.get_type_hints(kind)
    names = (field.name for field in dataclasses.fields(kind))
    return tuple(
        name for name in names if any(map(_may_hold_a_number, typing.get_args(hints[name]) or [hints[name]]))
    )


def _may_hold_a_number(kind: object) -> bool:
    return isinstance(kind, type) and not issubclass(kind, (str, int, date, NoneType))


def _ids(household: Household) -> Iterator[Fault]:
    for name in ("tax_units", "accounts", "securities", "lots", "recent_trades", "edits"):
        yield from duplicates(f"/{name}", [row.id for row in getattr(household, name)])
    yield from duplicates("/policy/classes", [row.id for row in household.policy.classes])
    yield from duplicates("/policy/sleeves", [row.id for row in household.policy.sleeves])


def _days(household: Household) -> Iterator[Fault]:
    if household.trade_on < household.as_of:
        yield Fault("/trade_on", f"lies before the day of the holdings, {household.as_of}")
    try:
        if not new_york().is_session(household.trade_on):
            yield Fault("/trade_on", f"{household.trade_on} is no trading day in New York")
    except CalendarError as error:
        yield Fault("/trade_on", str(error))
    for index, security in enumerate(household.securities):
        if security.price_on > household.as_of:
            yield Fault(
                f"/securities/{index}/price_on", f"lies after the day of the holdings, {household.as_of}"
            )
    for index, lot in enumerate(household.lots):
        for name in ("acquired", "adjusted_acquired"):
            day = getattr(lot, name)
            if day is not None and day > household.trade_on:
                yield Fault(f"/lots/{index}/{name}", f"lies after the trade day, {household.trade_on}")
    for index, recent in enumerate(household.recent_trades):
        if abs(recent.on - household.trade_on) > DAYS_AROUND:
            yield Fault(
                f"/recent_trades/{index}/on", f"is more than 30 days from the trade day, {household.trade_on}"
            )
        elif recent.kind is RecentTradeKind.LOSS_SALE and recent.on > household.trade_on:
            yield Fault(f"/recent_trades/{index}/on", "a loss sale cannot lie in the future")
    for index, account in enumerate(household.accounts):
        for part, day in enumerate(account.cash_unsettled):
            if day.on < household.as_of:
                yield Fault(
                    f"/accounts/{index}/cash_unsettled/{part}/on", "has settled; add it to cash_settled"
                )


def _accounts(household: Household) -> Iterator[Fault]:
    units = {unit.id for unit in household.tax_units}
    securities = {security.id for security in household.securities}
    if not household.accounts:
        yield Fault("/accounts", "a household needs at least one account")
    for index, account in enumerate(household.accounts):
        at = f"/accounts/{index}"
        if account.tax_unit is None and account.is_taxed:
            yield Fault(f"{at}/tax_unit", "is needed: trades in this account are taxed")
        elif account.tax_unit is not None and account.tax_unit not in units:
            yield Dangling(f"{at}/tax_unit", f"{account.tax_unit!r} is no tax unit of this household")
        yield from at_least_zero(f"{at}/minimum_cash", account.minimum_cash)
        yield from bounded(f"{at}/cash_settled", account.cash_settled)
        for name in ("cash_unsettled", "flows", "flows_later"):
            for part, movement in enumerate(getattr(account, name)):
                yield from bounded(f"{at}/{name}/{part}/amount", movement.amount)
        for part, security in enumerate(account.may_buy or ()):
            if security not in securities:
                yield Dangling(f"{at}/may_buy/{part}", f"{security!r} is no security of this household")


def _securities(household: Household) -> Iterator[Fault]:
    classes = {row.id for row in household.policy.classes}
    ids = {row.id for row in household.securities}
    for index, security in enumerate(household.securities):
        at = f"/securities/{index}"
        if not ZERO < security.price <= MONEY_MAX:
            yield Fault(f"{at}/price", "must be above zero")
        if not 0 <= security.half_spread < Decimal("0.2"):
            yield Fault(f"{at}/half_spread", "must be a fraction of the price from 0 to below 0.2")
        if security.increment <= 0:
            yield Fault(f"{at}/increment", "must be above zero")
        if security.fractional_increment is not None and security.fractional_increment <= 0:
            yield Fault(f"{at}/fractional_increment", "must be above zero")
        if not 0 <= security.settles_in_days <= 5:
            yield Fault(f"{at}/settles_in_days", "must be between 0 and 5 business days")
        total = sum((part.weight for part in security.weights), ZERO)
        if abs(total - ONE) > WEIGHT_TOLERANCE:
            yield Fault(f"{at}/weights", f"must sum to 1, not {total}")
        yield from duplicates(f"{at}/weights", [part.asset_class for part in security.weights])
        for part, weight in enumerate(security.weights):
            if weight.asset_class not in classes:
                yield Dangling(
                    f"{at}/weights/{part}/asset_class", f"{weight.asset_class!r} is no class of the policy"
                )
            yield from fraction(f"{at}/weights/{part}/weight", weight.weight)
        for part, other in enumerate(security.replacements):
            if other not in ids:
                yield Dangling(f"{at}/replacements/{part}", f"{other!r} is no security of this household")


def _lots(household: Household) -> Iterator[Fault]:
    accounts = {account.id: account for account in household.accounts}
    securities = {security.id: security for security in household.securities}
    methods: dict[tuple[str, str], LotMethod] = {}
    for index, lot in enumerate(household.lots):
        at = f"/lots/{index}"
        if lot.account not in accounts:
            yield Dangling(f"{at}/account", f"{lot.account!r} is no account of this household")
        elif accounts[lot.account].is_taxed and lot.basis is not None and lot.held_since is None:
            yield Fault(f"{at}/acquired", "is needed with a basis in a taxed account")
        elif accounts[lot.account].is_taxed and lot.basis is None and lot.method is LotMethod.AVERAGE:
            yield Fault(f"{at}/basis", "is needed where average basis is in force")
        if lot.security not in securities:
            yield Dangling(f"{at}/security", f"{lot.security!r} has no row, so no price, in securities")
        if not ZERO < lot.quantity <= MONEY_MAX:
            yield Fault(f"{at}/quantity", "must be above zero; short positions are not held here")
        elif lot.security in securities and lot.quantity * securities[lot.security].price > MONEY_MAX:
            yield Fault(
                f"{at}/quantity", "makes a lot worth more than a trillion dollars; look at the price too"
            )
        if lot.basis is not None:
            yield from at_least_zero(f"{at}/basis", lot.basis)
        if lot.gift is not None:
            yield from at_least_zero(f"{at}/gift/donor_basis", lot.gift.donor_basis)
            if lot.gift.value_at_gift is not None:
                yield from at_least_zero(f"{at}/gift/value_at_gift", lot.gift.value_at_gift)
            if lot.gift.donor_acquired is not None and lot.gift.donor_acquired > lot.gift.given_on:
                yield Fault(f"{at}/gift/donor_acquired", "must not come after the day of the gift")
            if lot.method is LotMethod.AVERAGE:
                yield Fault(f"{at}/gift", "has no basis of its own where average basis is in force")
        if lot.locked_until is not None and lot.lock_reason is None:
            yield Fault(f"{at}/lock_reason", "is needed with locked_until")
        if methods.setdefault((lot.account, lot.security), lot.method) is not lot.method:
            yield Fault(f"{at}/method", "differs from another lot of the same position")


def _recent(household: Household) -> Iterator[Fault]:
    securities = {security.id for security in household.securities}
    lots = {lot.id: lot for lot in household.lots}
    for index, recent in enumerate(household.recent_trades):
        at = f"/recent_trades/{index}"
        if recent.security not in securities:
            yield Dangling(f"{at}/security", f"{recent.security!r} is no security of this household")
        if recent.shares <= 0:
            yield Fault(f"{at}/shares", "must be above zero")
        if not 0 <= recent.shares_used <= recent.shares:
            yield Fault(f"{at}/shares_used", "must be between zero and the shares")
        if recent.lot is not None and recent.lot not in lots:
            yield Dangling(f"{at}/lot", f"{recent.lot!r} is no lot of this household")


def _policy(household: Household) -> Iterator[Fault]:
    policy = household.policy
    classes = {row.id for row in policy.classes}
    securities = {row.id for row in household.securities}
    total = sum((row.target for row in policy.classes), ZERO)
    if abs(total - ONE) > WEIGHT_TOLERANCE:
        yield Fault("/policy/classes", f"targets must sum to 1, not {total}")
    for index, row in enumerate(policy.classes):
        if not 0 <= row.lower <= row.target <= row.upper <= 1:
            yield Fault(f"/policy/classes/{index}", "must have 0 ≤ lower ≤ target ≤ upper ≤ 1")
    if policy.cash_class is not None and policy.cash_class not in classes:
        yield Dangling("/policy/cash_class", f"{policy.cash_class!r} is no class of the policy")
    for index, sleeve in enumerate(policy.sleeves):
        at = f"/policy/sleeves/{index}"
        if sleeve.asset_class not in classes:
            yield Dangling(f"{at}/asset_class", f"{sleeve.asset_class!r} is no class of the policy")
        for part, member in enumerate(sleeve.members):
            if member.security not in securities:
                yield Dangling(
                    f"{at}/members/{part}/security", f"{member.security!r} is no security of this household"
                )
            if member.rank < 1:
                yield Fault(f"{at}/members/{part}/rank", "starts at 1")
    yield from _sleeve_targets(household)
    for name in ("inside_bps", "outside_bps", "rank_bps"):
        yield from at_least_zero(f"/policy/penalties/{name}", getattr(policy.penalties, name))
    if policy.penalties.inside_bps > policy.penalties.outside_bps:
        yield Fault("/policy/penalties", "inside_bps must not be above outside_bps")
    for index, cost in enumerate(policy.location):
        if cost.asset_class not in classes:
            yield Dangling(
                f"/policy/location/{index}/asset_class", f"{cost.asset_class!r} is no class of the policy"
            )
        yield from at_least_zero(f"/policy/location/{index}/cost_bps", cost.cost_bps)


def _sleeve_targets(household: Household) -> Iterator[Fault]:
    """A class is divided whole: by targets that add up to its own, and by each security's part in it."""
    policy = household.policy
    classes = {row.id: row for row in policy.classes}
    of_class: dict[str, Decimal] = {}
    parents = {row.id: row.asset_class for row in policy.sleeve_targets}
    yield from duplicates("/policy/sleeve_targets", [row.id for row in policy.sleeve_targets])
    for index, row in enumerate(policy.sleeve_targets):
        at = f"/policy/sleeve_targets/{index}"
        if row.id in classes:
            yield Fault(f"{at}/id", f"{row.id!r} is a class of the policy")
        if row.asset_class not in classes:
            yield Dangling(f"{at}/asset_class", f"{row.asset_class!r} is no class of the policy")
        elif row.asset_class == policy.cash_class:
            yield Fault(f"{at}/asset_class", "is the class of free cash, which is in no sleeve")
        if not 0 <= row.lower <= row.target <= row.upper <= 1:
            yield Fault(at, "must have 0 ≤ lower ≤ target ≤ upper ≤ 1")
        of_class[row.asset_class] = of_class.get(row.asset_class, ZERO) + row.target
    for name, total in of_class.items():
        if name in classes and abs(total - classes[name].target) > WEIGHT_TOLERANCE:
            yield Fault(
                "/policy/sleeve_targets", f"those of {name!r} must sum to {classes[name].target}, not {total}"
            )
    for index, security in enumerate(household.securities):
        at = f"/securities/{index}/sleeves"
        held = {part.asset_class: part.weight for part in security.weights if part.asset_class in of_class}
        found: dict[str, Decimal] = dict.fromkeys(held, ZERO)
        yield from duplicates(at, [part.sleeve for part in security.sleeves])
        for part, weight in enumerate(security.sleeves):
            yield from fraction(f"{at}/{part}/weight", weight.weight)
            if weight.sleeve not in parents:
                yield Dangling(f"{at}/{part}/sleeve", f"{weight.sleeve!r} has no target in the policy")
            else:
                parent = parents[weight.sleeve]
                found[parent] = found.get(parent, ZERO) + weight.weight
        for name, total in found.items():
            if abs(total - held.get(name, ZERO)) > WEIGHT_TOLERANCE:
                yield Fault(at, f"those of {name!r} must sum to {held.get(name, ZERO)}, not {total}")


def _capped_classes(household: Household, at: str, cap: Cap) -> Iterator[Fault]:
    """A cap on a group of classes names classes of the policy; a cap on anything else names none."""
    known = {row.id for row in household.policy.classes}
    if (cap.kind is CapKind.CLASSES) != bool(cap.classes):
        yield Fault(f"{at}/classes", "must name classes for a cap on classes, and none for any other")
    for place, asset_class in enumerate(cap.classes):
        if asset_class not in known:
            yield Dangling(f"{at}/classes/{place}", f"{asset_class!r} is no class of the policy")


def _rules(household: Household) -> Iterator[Fault]:
    rules = household.rules
    accounts = {account.id for account in household.accounts}
    for name in ("do_not_sell", "do_not_buy"):
        for index, restriction in enumerate(getattr(rules, name)):
            if restriction.account is not None and restriction.account not in accounts:
                at = f"/rules/{name}/{index}/account"
                yield Dangling(at, f"{restriction.account!r} is no account of this household")
    yield from duplicates("/rules/caps", [f"{cap.kind.value} {cap.id}" for cap in rules.caps])
    budget = rules.gain_budget
    if budget is not None:
        yield from at_least_zero("/rules/gain_budget/limit", budget.limit)
        yield from budget_faults("/rules", budget)
    for index, cap in enumerate(rules.caps):
        yield from fraction(f"/rules/caps/{index}/weight_max", cap.weight_max)
        yield from _capped_classes(household, f"/rules/caps/{index}", cap)
    yield from duplicates("/rules/wind_down", [legacy.security for legacy in rules.wind_down])
    for index, legacy in enumerate(rules.wind_down):
        yield from at_least_zero(f"/rules/wind_down/{index}/price_bps", legacy.price_bps)
    yield from at_least_zero("/rules/minimum_trade", rules.minimum_trade)
    yield from fraction("/rules/minimum_trade_weight", rules.minimum_trade_weight or ZERO)
    if rules.turnover_max is not None:
        yield from at_least_zero("/rules/turnover_max", rules.turnover_max)
    if rules.orders_max is not None and rules.orders_max < 0:
        yield Fault("/rules/orders_max", "must not be negative")


def _edits(household: Household) -> Iterator[Fault]:
    accounts = {account.id for account in household.accounts}
    securities = {security.id for security in household.securities}
    lots = {lot.id: lot for lot in household.lots}
    for index, edit in enumerate(household.edits):
        at = f"/edits/{index}"
        if edit.account not in accounts:
            yield Dangling(f"{at}/account", f"{edit.account!r} is no account of this household")
        if edit.security is not None and edit.security not in securities:
            yield Dangling(f"{at}/security", f"{edit.security!r} is no security of this household")
        if edit.kind is EditKind.SELL_LOT:
            lot = lots.get(edit.lot or "")
            if lot is None or lot.account != edit.account:
                yield Dangling(f"{at}/lot", f"{edit.lot!r} is no lot of account {edit.account!r}")
            elif edit.shares is not None and edit.shares > lot.quantity:
                yield Fault(f"{at}/shares", f"is more than the lot holds, {lot.quantity}")
        if edit.kind in {EditKind.BUY, EditKind.SELL} and (edit.security is None or edit.shares is None):
            yield Fault(at, "needs a security and a number of shares")
        if edit.shares is not None and edit.shares <= 0:
            yield Fault(f"{at}/shares", "must be above zero")


def _objective(household: Household) -> Iterator[Fault]:
    objective = household.objective
    needs = {Mode.LEAST_TAX: "drift_max", Mode.RAISE_CASH: "raise_amount"}
    needed = needs.get(objective.mode)
    if needed is not None and getattr(objective, needed) is None:
        yield Fault(f"/objective/{needed}", f"is needed in the mode {objective.mode.value}")
    if objective.mode is Mode.LEAST_DRIFT and objective.gain_max is None and objective.tax_max is None:
        yield Fault("/objective/gain_max", "least_drift needs gain_max or tax_max")
    if objective.raise_account is not None and objective.raise_account not in {
        a.id for a in household.accounts
    }:
        yield Dangling(
            "/objective/raise_account", f"{objective.raise_account!r} is no account of this household"
        )
    for name in ("drift_max", "turnover_max", "raise_amount", "cost_per_order", "hold_below_bps"):
        value = getattr(objective, name)
        if value is not None:
            yield from at_least_zero(f"/objective/{name}", value)
    classes = {row.id for row in household.policy.classes}
    for index, name in enumerate(objective.gives):
        if name not in classes:
            yield Dangling(f"/objective/gives/{index}", f"{name!r} is no class of the policy")
    if not 1 <= objective.time_limit_seconds <= 3600:
        yield Fault("/objective/time_limit_seconds", "must be between 1 and 3600")


CHECKS: tuple[Callable[[Household], Iterable[Fault]], ...] = (
    _ids,
    _days,
    tax_unit_faults,
    _accounts,
    _securities,
    _lots,
    _recent,
    _policy,
    _rules,
    _edits,
    _objective,
    harvest_faults,
)
