"""What docs/demo.md says of each household, as a question to the record of the running firm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

from django.db.models import Sum

from clients.models import CustodianFile, Household, Policy, RealizedGain, TaxLot, TaxProfile
from compliance.models import Review
from compliance.models.findings import SeverityLevel
from rebalancing.models import Proposal, ProposedLot, ProposedOrder, Reading
from rebalancing.proposals import proposals, revisions
from tests.clock import LAST_FRIDAY, MONDAY

Claim = Callable[[Household], bool]


def orders(of: Household, side: str, **which: Any) -> Any:
    return ProposedOrder.objects.filter(revision__proposal__household=of, side=side, **which)


def amount(of: Household, side: str) -> D:
    return orders(of, side).aggregate(sum=Sum("amount"))["sum"] or D(0)


def in_class(code: str) -> dict[str, str]:
    return {"security__class_weights__asset_class__code": code}


def sold(of: Household) -> Any:
    """The lots that the proposal sells from."""
    return ProposedLot.objects.filter(order__revision__proposal__household=of, order__side="sell")


def lots(of: Household, **which: Any) -> Any:
    return TaxLot.objects.filter(account__household=of, **which)


def outcome(of: Household) -> str:
    return str(Reading.objects.get(household=of).outcome)


def reason(of: Household) -> str:
    return str(Reading.objects.get(household=of).reason)


def fed_by(of: Household, layout: str) -> bool:
    return CustodianFile.objects.filter(
        layout__startswith=layout, accounts__account__household=of, state="loaded"
    ).exists()


def a_trap(of: Household) -> bool:
    """A Roth bought within 30 days what a taxed account holds at a loss (IRC 1091, Rev. Rul. 2008-5)."""
    bought = lots(
        of,
        account__tax_treatment="tax_free",
        acquired_on__gt=MONDAY - timedelta(days=30),
        acquired_by="purchase",
    )
    price = {key: D(0) for key in bought.values_list("security", flat=True)}
    held = lots(of, account__tax_treatment="taxable", security__in=price).exclude(basis=None)
    return any(
        lot.basis
        > lot.quantity * lot.security.prices.filter(as_of_on=LAST_FRIDAY, source="generated").get().price
        for lot in held.select_related("security")
    )


def asks_for_a_reason(proposal: Proposal) -> bool:
    """Whether the rule book, when the proposal was drafted, asked a person for a written reason."""
    examined = revisions.review_of(proposals.current(proposal)).examinations.order_by("pk").first()
    return examined is not None and examined.findings.filter(severity=SeverityLevel.OVERRIDE).exists()


CLAIMS: dict[str, Claim] = {
    "out_of_band": lambda of: orders(of, "sell", **in_class("us_stock")).exists(),
    "abroad_low": lambda of: orders(of, "buy", **in_class("intl_stock")).exists(),
    "embedded_gains": lambda of: (
        orders(of, "sell", account__registration__endswith="_ira").exists()
        and not orders(of, "sell", account__tax_treatment="taxable").exists()
    ),
    "tax_exceeds": lambda of: outcome(of) == "no_benefit" and not of.proposals.exists(),
    "losses": lambda of: (
        sold(of).filter(gain__lt=0).exists()
        and not sold(of).filter(gain__gte=0).exists()
        and orders(of, "buy").count() == orders(of, "sell").count()
    ),
    "withdrawal_due": lambda of: amount(of, "sell") > amount(of, "buy"),
    "contribution": lambda of: amount(of, "buy") > amount(of, "sell"),
    "life_event": lambda of: outcome(of) == "held" and of.life_events.filter(resolved_on=None).exists(),
    "restricted": lambda of: (
        Policy.objects.filter(household=of, restrictions__kind="do_not_sell").exists()
        and Policy.objects.filter(
            household=of, restrictions__kind="do_not_buy", restrictions__sector__gt=""
        ).exists()
    ),
    "unreconciled": lambda of: (
        (broken := of.accounts.get(reconciliation="broken")) is not None
        and not ProposedOrder.objects.filter(account=broken).exists()
    ),
    "missing_basis": lambda of: (
        lots(of, basis=None).exists() and not sold(of).filter(lot__basis=None).exists()
    ),
    "non_discretionary": lambda of: Review.objects.filter(
        household_ref=of.public_id, consent_required=True
    ).exists(),
    "wash_trap": a_trap,
    "nearly_long": lambda of: any(
        0 <= (lot.acquired_on.replace(year=lot.acquired_on.year + 1) - LAST_FRIDAY).days <= 14
        for lot in lots(of).exclude(acquired_on=None)
    ),
    "hold": lambda of: outcome(of) == "held" and of.holds.filter(lifted_at=None).exclude(reason="").exists(),
    "no_policy": lambda of: outcome(of) == "no_policy" and of.policies.get().state == Policy.State.DRAFT,
    "no_profile": lambda of: not TaxProfile.objects.filter(tax_unit__household=of, tax_year=2026).exists(),
    "review_overdue": lambda of: of.policies.get(state="adopted").next_review_on < LAST_FRIDAY,
    "account_level": lambda of: not of.policies.get(state="adopted").pooling_allowed,
    "trust_and_minor": lambda of: of.tax_units.count() == 3,
    "gain_budget": lambda of: RealizedGain.objects.filter(account__household=of).exists(),
    "carryforward": lambda of: (
        TaxProfile.objects.filter(tax_unit__household=of, long_term_carryover__gt=0).exists()
        or TaxProfile.objects.filter(tax_unit__household=of, short_term_carryover__gt=0).exists()
    ),
    "direct": lambda of: (
        sold(of).filter(gain__lt=0).exists() and orders(of, "sell").exclude(security__issuer="").exists()
    ),
    "inherited": lambda of: (
        lots(of, acquired_by="inheritance").exists() and lots(of, acquired_by="gift").exists()
    ),
    "schwab": lambda of: fed_by(of, "schwab"),
    "fidelity": lambda of: fed_by(of, "fidelity"),
    "ibkr": lambda of: fed_by(of, "ibkr"),
    "ofx": lambda of: fed_by(of, "ofx"),
    "inside": lambda of: outcome(of) == "in_band" and not of.proposals.exists(),
}
"""Situation to what must be so when a visitor opens that household."""

OUTCOMES = {
    "inside": "in_band",
    "life_event": "held",
    "hold": "held",
    "no_policy": "no_policy",
    "tax_exceeds": "no_benefit",
    "inherited": "in_band",
    "schwab": "in_band",
    "fidelity": "in_band",
    "ibkr": "in_band",
    "ofx": "in_band",
}
"""What the scan must make of each situation. What is not named here proposes trades."""
