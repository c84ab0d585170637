"""Holding periods, lot selection, basis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Lot, LotMethod
from rebalancing.engine.documents.plan import LotSale
from rebalancing.engine.evaluation.standing_lots import queue_key
from rebalancing.engine.market import calendars
from rebalancing.engine.tax import basis as bases
from rebalancing.engine.tax import flat_rates, fund_rules, holding_periods
from rebalancing.engine.tax import lot_selection as lots
from rebalancing.engine.tax.federal_tax import GainLedger
from rebalancing.engine.tax.holding_periods import Term
from tests.spec.adapters import documents
from tests.spec.adapters.reading import day, number, number_or_none

Json = dict[str, Any]


def holding_period(inputs: Json) -> Json:
    acquired_on, sold_on = day(inputs["acquired_trade_date"]), day(inputs["sold_trade_date"])
    return {
        "term": holding_periods.term(acquired_on, sold_on).value,
        "first_long_term_sale_date": holding_periods.first_long_term_day(acquired_on).isoformat(),
        "days_elapsed": (sold_on - acquired_on).days,
    }


def lot_selection(inputs: Json) -> Json:
    if "method" in inputs:
        return lots_sold(uses(inputs, inputs["method"]))
    if "rate_short" in inputs:
        return compared_by_tax(inputs)
    orders = {
        method.value: uses(inputs, method.value)
        for method in lots.Method
        if method is not lots.Method.SPECIFIC
    }
    return {name: [use.lot for use in order] for name, order in orders.items()}


STANDING = {"FIFO": LotMethod.FIFO, "AVERAGE": LotMethod.AVERAGE, "SPECIFIC": LotMethod.SPECIFIC}
"""What the law knows, and a household document states for each lot; the other orders are custodians' own."""


def uses(inputs: Json, method_name: str) -> Sequence[LotSale | lots.LotUse]:
    named = inputs.get("specific_lots") or inputs.get("specified_lots") or ()
    if isinstance(named, dict):
        named = [{"id": lot, "shares": shares} for lot, shares in named.items()]
    specific = [(entry.get("id") or entry["lot"], number(entry["shares"])) for entry in named]
    shares, price, on = number(inputs["sell_shares"]), number(inputs["price"]), day(inputs["as_of"])
    method = STANDING.get(method_name.upper())
    has_average = method is not LotMethod.AVERAGE or all(lot["cost"] is not None for lot in inputs["lots"])
    if method and has_average and calendars.new_york().is_session(on):
        held = [
            (lot["id"], number(lot["shares"]), cost_of(lot), day(lot["acquired"])) for lot in inputs["lots"]
        ]
        return planned(method, held, shares, price, on, specific)
    own = [
        lots.Lot(lot["id"], number(lot["shares"]), cost_of(lot), day(lot["acquired"]))
        for lot in inputs["lots"]
    ]
    return lots.select(lots.method_named(method_name), own, shares, price, on, specific=specific)


def cost_of(lot: Json) -> Decimal | None:
    """The whole cost of a lot whose example gives it for a share."""
    cost = number_or_none(lot["cost"])
    return None if cost is None else cost * number(lot["shares"])


def planned(
    method: LotMethod,
    held: Sequence[tuple[str, Decimal, Decimal | None, date]],
    shares: Decimal,
    price: Decimal,
    on: date,
    specific: Sequence[tuple[str, Decimal]] = (),
) -> Sequence[LotSale]:
    """The lots (id, shares, cost, acquired) that the engine's own plan sells, in the order in which they leave."""
    document = documents.sale(
        [
            Lot(
                id=lot,
                account="account",
                security="FUND",
                quantity=count,
                basis=cost,
                acquired=acquired_on,
                method=method,
            )
            for lot, count, cost, acquired_on in held
        ],
        price=price,
        on=on,
        shares=shares,
        named=dict(specific) if method is LotMethod.SPECIFIC else None,
    )
    (order,) = proposing.propose(document).orders
    place = [lot for lot, _ in specific] or [lot.id for lot in sorted(document.lots, key=queue_key)]
    return sorted(order.lots, key=lambda use: place.index(use.lot))


def lots_sold(found: Sequence[LotSale | lots.LotUse]) -> Json:
    return {
        "lots_sold": [
            {"lot": use.lot, "shares": use.shares, "term": use.term and use.term.value, "gain": use.gain}
            for use in found
        ],
        "realized_short_term": realized(found, Term.SHORT),
        "realized_long_term": realized(found, Term.LONG),
    }


def realized(found: Sequence[LotSale | lots.LotUse], term: Term) -> Decimal | None:
    gains = [use.gain for use in found if use.term is term]
    return None if None in gains else sum((gain for gain in gains if gain is not None), Decimal(0))


def compared_by_tax(inputs: Json) -> Json:
    rates = flat_rates.FlatRates(short=number(inputs["rate_short"]), long=number(inputs["rate_long"]))
    answer: Json = {}
    for name in inputs.get("methods", ("HIFO", "MIN_TAX")):
        sold = lots_sold(uses(inputs, name))
        ledger = GainLedger(sold["realized_short_term"], sold["realized_long_term"])
        answer[name] = {**sold, "tax": flat_rates.compute(rates, ledger).tax}
    return {**answer, "lower_tax_method": min(answer, key=lambda name: answer[name]["tax"])}


def basis(inputs: Json) -> Json:
    return KINDS[inputs["kind"]](inputs)


def gift(inputs: Json) -> Json:
    dates = {name: day(inputs[name]) for name in ("gift_date", "donor_acquired", "sold") if name in inputs}
    answer = bases.gift(
        donor_basis=number(inputs["donor_basis"]),
        value_at_gift=number(inputs["fmv_at_gift"]),
        proceeds=number(inputs["proceeds"]),
        given_on=dates.get("gift_date"),
        donor_since=dates.get("donor_acquired"),
        gift_tax_on_appreciation=number(inputs.get("gift_tax_on_appreciation", 0)),
    )
    found: Json = {
        "gain_loss": answer.gain,
        "basis_used": answer.basis,
        "holding_period_starts": "donor's period tacks" if answer.is_tacked else "day after gift",
    }
    if "sold" in dates and answer.held_since is not None:
        found["term"] = holding_periods.term(answer.held_since, dates["sold"]).value
    return found


def inherited(inputs: Json) -> Json:
    if "death_date" in inputs and "sold" in inputs and inputs["sold"] < inputs["death_date"]:
        raise ValueError("the heir sold before the death")
    alternate = number_or_none(inputs.get("alternate_value"))
    heir_basis = bases.inherited(
        decedent_basis=number(inputs["decedent_basis"]),
        value_at_death=number(inputs["fmv_at_death"]),
        value_on_alternate_date=alternate,
        is_income_of_decedent=inputs.get("account") in ("ira", "roth_ira", "annuity"),
    )
    proceeds = number(inputs.get("proceeds", heir_basis))
    sold_on = day(inputs["sold"]) if "sold" in inputs else documents.TRADED_ON
    since = bases.inherited_since(day(inputs.get("death_date", sold_on.isoformat())), on=sold_on)
    return {
        "basis_used": heir_basis,
        "new_basis": heir_basis,
        "gain_loss": proceeds - heir_basis,
        "term": holding_periods.term(since, sold_on).value,
    }


def inherited_joint_spouses(inputs: Json) -> Json:
    return {
        "new_basis": bases.survivor_of_joint_account(
            basis=number(inputs["total_basis"]),
            value_at_death=number(inputs["fmv_at_death"]),
            is_community_property=inputs["community_property"],
        )
    }


def average(inputs: Json) -> Json:
    held = [
        (str(place), number(lot["shares"]), number(lot["cost_total"]), day(lot["acquired"]))
        for place, lot in enumerate(inputs["lots"])
    ]
    shares = number(inputs["sell_shares"])
    sold = planned(LotMethod.AVERAGE, held, shares, number(inputs["price"]), day(inputs["sold"]))
    long_gain, short_gain = realized(sold, Term.LONG), realized(sold, Term.SHORT)
    assert long_gain is not None, "average examples know every cost"
    assert short_gain is not None, "average examples know every cost"
    return {
        "average_cost": sum((use.basis for use in sold if use.basis is not None), Decimal(0)) / shares,
        "gain": long_gain + short_gain,
        "long_term_shares": shares_of(sold, Term.LONG),
        "short_term_shares": shares_of(sold, Term.SHORT),
        "long_term_gain": long_gain,
        "short_term_gain": short_gain,
    }


def shares_of(sold: Sequence[LotSale], term: Term) -> Decimal:
    return sum((use.shares for use in sold if use.term is term), Decimal(0))


def split(inputs: Json) -> Json:
    after = bases.split(one_lot(inputs), number(inputs["ratio"]))
    return described(after)


def return_of_capital(inputs: Json) -> Json:
    amount = number(inputs["amount"] if "amount" in inputs else inputs["distribution"])
    after, gain = bases.return_of_capital(one_lot(inputs), amount)
    return {**described(after), "new_basis": after.basis, "gain": gain, "gain_loss": gain}


def spouse_transfer(inputs: Json) -> Json:
    kept = number(inputs["transferor_basis" if "transferor_basis" in inputs else "donor_basis"])
    proceeds = number(inputs.get("proceeds", kept))
    return {"basis_used": kept, "new_basis": kept, "gain_loss": proceeds - kept}


def fund_loss(inputs: Json) -> Json:
    bought, sold = day(inputs["acquired"]), day(inputs["sold"])
    parts = fund_rules.fund_loss(
        number(inputs["cost_total"]) - number(inputs["proceeds"]),
        acquired_on=bought,
        sold_on=sold,
        term=holding_periods.term(bought, sold),
        capital_gain_distributions=number(inputs.get("capital_gain_distributions", 0)),
        exempt_interest_dividends=number(inputs.get("exempt_interest_dividends", 0)),
    )
    return {
        "short_term_loss": parts.short_term,
        "long_term_loss": parts.long_term,
        "disallowed_loss": parts.disallowed,
    }


def one_lot(inputs: Json) -> lots.Lot:
    acquired = day(inputs.get("acquired", "2020-01-02"))
    return lots.Lot("lot", number(inputs.get("shares", 1)), number(inputs["cost_total"]), acquired)


def described(lot: lots.Lot) -> Json:
    return {
        "shares": lot.shares,
        "cost_per_share": lot.cost_per_share,
        "cost_total": lot.basis,
        "acquired": lot.acquired_on.isoformat(),
    }


KINDS: dict[str, Callable[[Json], Json]] = {
    "gift": gift,
    "inherited": inherited,
    "inherited_joint_spouses": inherited_joint_spouses,
    "average": average,
    "split": split,
    "reverse_split": split,
    "return_of_capital": return_of_capital,
    "spouse_transfer": spouse_transfer,
    "fund_loss": fund_loss,
}

ADAPTERS: dict[str, Callable[[Json], Json]] = {
    "basis": basis,
    "holding_period": holding_period,
    "lot_selection": lot_selection,
}
