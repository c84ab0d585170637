"""One row of each register, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from clients.models import Insider, Security
from clients.registers import catalog, register
from compliance.people.actors import Actor
from tests.clock import LAST_FRIDAY, SUNDAY_NOON


def _stock() -> Security:
    return Security.objects.get(symbol="ZUS")


SAMPLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "fund_distribution": lambda household: {
        "security": _stock(),
        "ex_on": date(2026, 12, 15),
        "long_gain": Decimal("1.25"),
        "is_final": False,
        "source": "The fund's page",
    },
    "corporate_action": lambda household: {
        "security": _stock(),
        "kind": "split",
        "effective_on": date(2026, 12, 15),
        "shares_new": Decimal(4),
        "shares_old": Decimal(1),
        "new_symbol": "",
        "new_cusip": "",
        "is_taxable": False,
        "source": "The issuer's notice",
        "document": "",
    },
    "fund_policy": lambda household: {"security": _stock(), "holding_days": 30, "source": "Prospectus"},
    "quote": lambda household: {
        "security": _stock(),
        "quoted_at": SUNDAY_NOON,
        "bid": Decimal("99.98"),
        "ask": Decimal("100.02"),
        "source": "A screen",
    },
    "halt": lambda household: {
        "security": _stock(),
        "kind": "halt",
        "starts_at": SUNDAY_NOON,
        "source": "The exchange's notice",
    },
    "volatility_level": lambda household: {
        "market_on": LAST_FRIDAY,
        "level": Decimal("18.25"),
        "source": "A screen",
    },
    "insider": lambda household: {
        "person": household.people.order_by("pk")[0],
        "issuer": "Zed Corp",
        "role": "officer",
        "starts_on": date(2020, 1, 1),
        "source": "Questionnaire of January",
    },
    "insider_window": lambda household: {
        "insider": Insider.objects.order_by("pk")[0],
        "kind": "blackout",
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 12, 1),
        "source": "The issuer's notice",
    },
    "product_approval": lambda household: {
        "household": household,
        "product": "leveraged",
        "starts_on": date(2026, 1, 1),
        "reason": "She has traded them for years.",
    },
    "arranged_trade": lambda household: {
        "account": household.accounts.order_by("pk")[0],
        "security": _stock(),
        "side": "buy",
        "counterparty": "firm",
        "trade_on": date(2026, 11, 23),
        "document": "",
    },
}
"""What is entered in each register about a household, or about ZUS."""


def a_row(name: str, household: Any, *, person: Any) -> Any:
    """The row of a register that there is, or the sample."""
    found = next(one for one in catalog.REGISTERS if one.name == name)
    known = found.model._default_manager.first()
    if name == "insider_window" and not Insider.objects.exists():
        a_row("insider", household, person=person)
    values = {**dict.fromkeys(found.columns), **SAMPLES[name](household)}
    acts: dict[str, Any] = {"user_id": person.pk, "by": Actor.person(person), "at": SUNDAY_NOON}
    return known or register.enter(found, values, **acts)


def one_ended_of_each(household: Any, *, person: Any) -> None:
    """A row in every register, and then its end."""
    rows = [(one, a_row(one.name, household, person=person)) for one in catalog.REGISTERS]
    for one, row in reversed(rows):
        acts: dict[str, Any] = {"user_id": person.pk, "by": Actor.person(person), "at": SUNDAY_NOON}
        register.end(one, row, reason="It was another.", **acts)
