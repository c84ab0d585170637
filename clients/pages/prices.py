"""The list of prices in dispute, each with the form that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import access
from clients.forms import PriceDecision
from clients.pages.import_list import counted


@dataclass(frozen=True, slots=True)
class Row:
    symbol: str
    name: str
    priced_on: date
    source: str
    price: Decimal
    disputed_with: Decimal | None
    form: PriceDecision
    decide_url: str


@dataclass(frozen=True, slots=True)
class DisputesPage:
    heading: str
    rows: tuple[Row, ...]
    list_url: str


def disputes(user: Any, *, failed: PriceDecision | None = None) -> DisputesPage:
    """Every price that waits for a person; one query. `failed` came back with errors and stands at its price."""
    rows = tuple(
        Row(
            symbol=one.security.symbol,
            name=one.security.name,
            priced_on=one.as_of_on,
            source=one.source,
            price=one.price,
            disputed_with=one.disputed_with,
            form=failed
            if failed is not None and failed.price_id == one.pk
            else PriceDecision(price_id=one.pk),
            decide_url=reverse("clients:price_decide", args=[one.pk]),
        )
        for one in access.disputed_prices_for(user)
    )
    heading = f"{counted(len(rows), 'price')} in dispute" if rows else "No price is in dispute"
    return DisputesPage(heading=heading, rows=rows, list_url=reverse("clients:import_list"))
