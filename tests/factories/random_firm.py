"""A firm of small households drawn at random, with whatever a reading of one of them looks at: some plainly inside their bands,
some on an edge, some with a feature of their own. The same seed makes the same firm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

from clients.models import (
    Account,
    AssetClass,
    CashBalance,
    CashFlow,
    ClassWeight,
    Hold,
    Household,
    LotListing,
    ModelVersion,
    Policy,
    Position,
    Price,
    Security,
    TaxLot,
    TaxProfile,
)
from clients.policies.targets import TargetSpec
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import a_published_model, an_adopted_policy, loaded, renumbered, the_millers

Feature = Callable[[Random, Household], None]

BALANCED = (
    TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.05")),
    TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.05")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
)
HARD = (
    TargetSpec(
        asset_class="us_stock",
        target=D("0.58"),
        points=D("0.05"),
        hard_lower=D("0.50"),
        hard_upper=D("0.66"),
    ),
    *BALANCED[1:],
)
WITH_A_THIRD = (
    TargetSpec(asset_class="us_stock", target=D("0.55"), points=D("0.05")),
    TargetSpec(asset_class="us_bond", target=D("0.38"), points=D("0.05")),
    TargetSpec(asset_class="intl_stock", target=D("0.04"), points=D("0.02")),
    TargetSpec(asset_class="cash", target=D("0.03"), band="asymmetric", lower=D(0), upper=D("0.05")),
)


def firm(seed: int, count: int, *, reviewer: Any) -> list[Household]:
    """So many households, each with terms and a feature drawn by `seed`; one has no policy."""
    draw = Random(seed)
    made: list[Household] = []
    model: ModelVersion | None = None
    for number in range(count):
        household = the_millers(f"miller{number}")
        loaded(bundle(**{kind: renumbered(rows, number) for kind, rows in MILLERS.items()}))
        if model is None:
            model = a_published_model(reviewer=reviewer)
            _securities(draw)
        if number:
            an_adopted_policy(household, model=model, reviewer=reviewer, **_terms(draw))
        _holds_about(draw, household, D(draw.choice(STOCKS)))
        if draw.random() < 0.4:
            draw.choice(FEATURES)(draw, household)
        made.append(household)
    return made


STOCKS = ("0.58", "0.58", "0.57", "0.60", "0.61", "0.63", "0.53", "0.70", "0.5799995", "0.6300001")
"""Weights of stocks that are drawn: on target, inside, on the edge, beyond."""


def _terms(draw: Random) -> dict[str, Any]:
    look = draw.choice(("daily", "daily", "daily", "monthly", "quarterly", "annual", "anniversary"))
    return {
        "targets": draw.choice((BALANCED, BALANCED, HARD, WITH_A_THIRD)),
        "look": look,
        "calendar": draw.choice(("", "", "", "quarterly", "annual", "anniversary")),
        "level": draw.choice((Policy.Level.HOUSEHOLD, Policy.Level.HOUSEHOLD, Policy.Level.ACCOUNT)),
        "pooling_allowed": draw.random() < 0.8,
        "edge_is_breach": draw.random() < 0.5,
        "harvests_losses": draw.random() < 0.15,
        "sleeve_bands": draw.random() < 0.05,
        "cash_reserve": draw.choice((D(0), D(0), D("1234.56"))),
        "minimum_trade": draw.choice((D(0), D(250), D(5_000))),
        "soft_breach": draw.choice(("at_once", "at_once", "waits")),
        "sheltered_band_share": draw.choice((D(1), D("0.5"))),
        "tracking_error_limit": None,
        "on_fall": draw.choice(("", "", "harvest")),
    }


def _securities(draw: Random) -> None:
    """A balanced fund, an international one, a sweep fund, a note that has no lots, and an older price of an alternate."""
    stock, bond = (AssetClass.objects.get(code=code) for code in ("us_stock", "us_bond"))
    foreign, _ = AssetClass.objects.get_or_create(
        code="intl_stock", defaults={"name": "International stocks", "position": 7, "is_equity": True}
    )
    for symbol, kind, price, parts in (
        ("ZMX", "mutual_fund", D("33.333333"), ((stock, "0.5"), (bond, "0.3"), (foreign, "0.2"))),
        ("ZIN", "etf", D("17.77"), ((foreign, "1"),)),
        ("ZTN", "bond", D("0.987654"), ((bond, "1"),)),
        ("ZMM", "money_market", None, ()),
    ):
        security = Security.objects.create(
            symbol=symbol, name=f"Invented {symbol}", kind=kind, half_spread=D("0.0002")
        )
        for asset_class, weight in parts:
            ClassWeight.objects.create(security=security, asset_class=asset_class, weight=D(weight))
        if price is not None:
            Price.objects.create(
                security=security,
                as_of_on=LAST_FRIDAY,
                price=price,
                source="generated",
                received_at=SUNDAY_NOON,
            )
    if draw.random() < 0.5:
        Price.objects.filter(security__symbol="ZUB").update(as_of_on=LAST_FRIDAY - timedelta(days=2))


def _holds_about(draw: Random, household: Household, stocks: D) -> None:
    """Both accounts at about this weight of stocks, 2% in cash; together a round sum, or not."""
    for account in household.accounts.all():
        worth = draw.choice((D(100_000), D(250_000), D("123456.78")))
        for symbol, part, price in (("ZUS", stocks, D(100)), ("ZBD", D("0.98") - stocks, D(80))):
            lots = list(TaxLot.objects.filter(account=account, security__symbol=symbol).order_by("pk"))
            whole = (worth * part / price).quantize(D("0.000001"))
            first = (whole / len(lots)).quantize(D("0.000001"))
            for lot, quantity in zip(
                lots, [*[first] * (len(lots) - 1), whole - first * (len(lots) - 1)], strict=True
            ):
                basis = (quantity * price * D(draw.choice(("0.7", "0.8", "0.9", "0.95")))).quantize(D("0.01"))
                TaxLot.objects.filter(pk=lot.pk).update(quantity=quantity, basis=basis)
            Position.objects.filter(account=account, security__symbol=symbol).update(quantity=whole)
        CashBalance.objects.filter(account=account).update(settled=(worth * D("0.02")).quantize(D("0.01")))


def _account(draw: Random, household: Household) -> Account:
    return draw.choice(list(household.accounts.order_by("pk")))


def _lot(account: Account, symbol: str, quantity: D) -> None:
    TaxLot.objects.create(
        account=account,
        security=Security.objects.get(symbol=symbol),
        key=f"{symbol}-1",
        acquired_on=date(2022, 3, 3),
        quantity=quantity,
        basis=D("100.00"),
        basis_status=TaxLot.BasisStatus.COVERED,
        as_of_on=LAST_FRIDAY,
    )


def _position(account: Account, symbol: str, quantity: D | None, **terms: Any) -> None:
    Position.objects.create(
        account=account,
        security=Security.objects.get(symbol=symbol),
        quantity=quantity,
        as_of_on=LAST_FRIDAY,
        **terms,
    )


def looks_through(draw: Random, household: Household) -> None:
    _lot(_account(draw, household), "ZMX", D(draw.choice(("10", "100.5", "33.333333"))))


def holds_beside_its_policy(draw: Random, household: Household) -> None:
    _lot(_account(draw, household), "ZIN", D(draw.choice(("1", "50", "0.000001"))))


def sweeps(draw: Random, household: Household) -> None:
    _position(_account(draw, household), "ZMM", D(draw.choice(("500", "1234.565", "0.004999"))))


def has_only_swept_cash(draw: Random, household: Household) -> None:
    account = _account(draw, household)
    CashBalance.objects.filter(account=account).delete()
    _position(account, "ZMM", D("2000"))


def has_unknown_cash(draw: Random, household: Household) -> None:
    CashBalance.objects.filter(account=_account(draw, household)).delete()


def holds_without_lots(draw: Random, household: Household) -> None:
    _position(_account(draw, household), "ZTN", D("1000"))


def holds_apart(draw: Random, household: Household) -> None:
    _position(
        _account(draw, household),
        "ZTN",
        D("1000"),
        market_value=D("990.00"),
        held_out="It is never rebalanced.",
    )


def has_unsettled_cash(draw: Random, household: Household) -> None:
    CashBalance.objects.filter(account=_account(draw, household)).update(
        unsettled=D(draw.choice(("150.25", "-150.25"))),
        unsettled_settles_on=draw.choice((None, LAST_FRIDAY - timedelta(days=3), MONDAY)),
    )


def has_much_cash(draw: Random, household: Household) -> None:
    CashBalance.objects.filter(account=_account(draw, household)).update(
        settled=D(draw.choice(("6000", "9000")))
    )


def owes_cash(draw: Random, household: Household) -> None:
    CashBalance.objects.filter(account=_account(draw, household)).update(settled=D("-50"))


def keeps_cash(draw: Random, household: Household) -> None:
    Account.objects.filter(pk=_account(draw, household).pk).update(minimum_cash=D("333.33"))


def pays_out(draw: Random, household: Household) -> None:
    CashFlow.objects.create(
        account=_account(draw, household),
        kind=CashFlow.Kind.WITHDRAWAL,
        amount=D(draw.choice(("-500", "-20000"))),
        due_on=MONDAY + timedelta(days=draw.choice((1, 30))),
    )


def is_held(draw: Random, household: Household) -> None:
    account = draw.choice((None, _account(draw, household)))
    Hold.objects.create(
        household=household,
        account=account,
        reason="The client is traveling.",
        placed_at=SUNDAY_NOON,
        starts_on=LAST_FRIDAY,
        expires_on=MONDAY + timedelta(days=10),
    )


def is_not_reconciled(draw: Random, household: Household) -> None:
    Account.objects.filter(pk=_account(draw, household).pk).update(
        reconciliation=draw.choice(("never", "broken")), reconciliation_note="They differ."
    )


def is_not_agreed(draw: Random, household: Household) -> None:
    Account.objects.filter(pk=_account(draw, household).pk).update(agreement_terminated_on=LAST_FRIDAY)


def has_no_profile(_draw: Random, household: Household) -> None:
    TaxProfile.objects.filter(tax_unit__household=household).delete()


def has_no_account(_draw: Random, household: Household) -> None:
    household.accounts.update(closed_on=LAST_FRIDAY)


def has_one_account(draw: Random, household: Household) -> None:
    Account.objects.filter(pk=_account(draw, household).pk).update(closed_on=LAST_FRIDAY)


def has_no_taxable_account(_draw: Random, household: Household) -> None:
    household.accounts.filter(tax_treatment="taxable").update(closed_on=LAST_FRIDAY)


def was_given_a_lot(draw: Random, household: Household) -> None:
    lot = TaxLot.objects.filter(account=_account(draw, household)).order_by("pk")[0]
    TaxLot.objects.filter(pk=lot.pk).update(
        acquired_by="gift", donor_basis=D("10.00"), gifted_on=date(2024, 1, 2)
    )


def has_lost(draw: Random, household: Household) -> None:
    lot = TaxLot.objects.filter(account__household=household, account__tax_treatment="taxable").order_by(
        "pk"
    )[0]
    TaxLot.objects.filter(pk=lot.pk).update(basis=D(draw.choice(("900000.00", "100.00"))))


def is_listed_later(draw: Random, household: Household) -> None:
    account = _account(draw, household)
    security = draw.choice((None, *Security.objects.filter(symbol__in=("ZUS", "ZIN")).order_by("pk")))
    LotListing.objects.update_or_create(
        account=account, security=security, defaults={"as_of_on": LAST_FRIDAY + timedelta(days=1)}
    )


FEATURES: tuple[Feature, ...] = (
    looks_through,
    looks_through,
    holds_beside_its_policy,
    sweeps,
    has_only_swept_cash,
    has_unknown_cash,
    holds_without_lots,
    holds_apart,
    has_unsettled_cash,
    has_much_cash,
    owes_cash,
    keeps_cash,
    pays_out,
    is_held,
    is_not_reconciled,
    is_not_agreed,
    has_no_profile,
    has_no_account,
    has_one_account,
    has_no_taxable_account,
    was_given_a_lot,
    has_lost,
    is_listed_later,
)
