"""What stands at the addresses of the tax ledger's facts, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clients.models import BasisElection, EstimatedTax, OutsideAccount, StatedGains
from tests.factories import tax_facts
from tests.factories.the_firm import TheFirm


def account(firm: TheFirm) -> Any:
    """The taxed account of the Harts."""
    return firm.harts.accounts.order_by("pk")[0]


OBJECTS: tuple[tuple[str, str, Callable[[TheFirm], Any]], ...] = (
    ("accounts/", "year", lambda firm: 2026),
    (
        "stated-gains/",
        "public_id",
        lambda firm: (StatedGains.objects.first() or tax_facts.a_figure(account(firm), firm.ana)).public_id,
    ),
    (
        "tax-payments/",
        "public_id",
        lambda firm: (EstimatedTax.objects.first() or tax_facts.payments(firm.harts, firm.ana)).public_id,
    ),
    (
        "outside-accounts/",
        "public_id",
        lambda firm: (
            (OutsideAccount.objects.first() or tax_facts.a_plan_elsewhere(firm.harts, firm.ana)).public_id
        ),
    ),
    (
        "basis-elections/",
        "public_id",
        lambda firm: (
            (BasisElection.objects.first() or tax_facts.an_election(account(firm), firm.ana)).public_id
        ),
    ),
)


def a_gift(firm: TheFirm) -> None:
    tax_facts.a_gift(account(firm), firm.ana)


BEFORE: dict[str, Callable[[TheFirm], None]] = {
    "clients:lot_origin_end": a_gift,
    "api:lot-origin-end": a_gift,
}

FIGURE = {"as_of_on": "2026-10-31", "short": "0", "long": "600", "document": "Statement"}
GONE = {"reason": "It was wrong."}
ELSEWHERE = {"name": "Plan", "registration": "plan_401k", "declared_on": "2026-11-01"}
GIFT = {"happened_on": "2026-06-01", "former_basis": "30000", "value": "25000", "evidence": "A letter"}
DIED = {"kind": "inherited", "happened_on": "2026-06-01", "value": "25000", "evidence": "A letter"}
TYPED: dict[str, dict[str, str]] = {
    "rebalancing:stated_gains_record": FIGURE,
    "rebalancing:stated_gains_correct": {**FIGURE, "long": "700"},
    "rebalancing:stated_gains_end": GONE,
    "rebalancing:estimated_tax_record": {"withheld": "1000", "paid": "0"},
    "rebalancing:estimated_tax_correct": {"withheld": "2000", "paid": "0"},
    "rebalancing:estimated_tax_end": GONE,
    "rebalancing:outside_account_declare": ELSEWHERE,
    "rebalancing:outside_account_change": ELSEWHERE,
    "rebalancing:outside_account_end": GONE,
    "clients:basis_elect": {"symbol": "ZBD", "elected_on": "2026-11-02", "document": "A letter"},
    "clients:basis_election_correct": {"elected_on": "2026-11-03", "document": "A letter"},
    "clients:basis_election_end": {"ends_on": "2026-11-20", **GONE},
    "clients:lot_gift": GIFT,
    "clients:lot_inherited": DIED,
    "clients:lot_origin_end": GONE,
}
BODIES: dict[str, Callable[[TheFirm], dict[str, Any]]] = {
    address: lambda firm, typed=typed: dict(typed)  # type: ignore[misc]
    for name, typed in TYPED.items()
    for address in (name, f"api:{name.partition(':')[2].replace('_', '-')}")
}
