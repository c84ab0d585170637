"""What the list of securities says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from clients import access, figures
from clients.models import AssetClass, ClassWeight, Position, Security, TaxLot
from clients.securities import securities, security_facts
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.rules import complex_product

HELD = Exists(TaxLot.objects.filter(security=OuterRef("pk"), closed_on=None)) | Exists(
    Position.objects.filter(security=OuterRef("pk")).exclude(quantity=0)
)
CLASSIFIED = Exists(ClassWeight.objects.filter(security=OuterRef("pk")))


class SecurityFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    asset_class = django_filters.CharFilter(
        label="Class", field_name="class_weights__asset_class__code", distinct=True, max_length=24
    )
    kind = django_filters.ChoiceFilter(choices=Security.Kind.choices)
    trading = django_filters.ChoiceFilter(label="Status", choices=Security.Trading.choices)
    lacks = django_filters.ChoiceFilter(
        label="Without",
        choices=(("class", "Class"), ("price", "Price"), ("product", "Product")),
        method="lacking",
    )
    held = django_filters.ChoiceFilter(choices=(("yes", "Held"), ("no", "Not held")), method="holding")
    retired = django_filters.ChoiceFilter(
        choices=(("yes", "Retired"), ("no", "Not retired")), method="retiring"
    )
    symbol = django_filters.CharFilter(max_length=24)

    def lacking(self, rows: QuerySet[Security], name: str, value: str) -> QuerySet[Security]:
        # Which price is usable depends on the day: `of_day` narrows by it.
        if value == "product":
            return rows.filter(pk__in=unmarked(rows))
        return rows.exclude(CLASSIFIED) if value == "class" else rows

    def holding(self, rows: QuerySet[Security], name: str, value: str) -> QuerySet[Security]:
        return rows.filter(HELD) if value == "yes" else rows.exclude(HELD)

    def retiring(self, rows: QuerySet[Security], name: str, value: str) -> QuerySet[Security]:
        return rows.filter(retired_on__isnull=value == "no")


class SearchedFilters(SecurityFilters):
    """Of the page besides: a search that the session keeps, by its id."""

    view = django_filters.CharFilter(max_length=12, method="searched")

    def searched(self, rows: QuerySet[Security], name: str, value: str) -> QuerySet[Security]:
        return rows  # The page narrows by the text that the session keeps.


ORDERINGS: dict[str, Any] = {"symbol": ("symbol", "pk"), "name": ("name", "pk"), "kind": ("kind", "symbol")}
KIND = Kind(
    name="securities",
    about=("security_list", "securities"),
    filters=SearchedFilters,
    orderings=ORDERINGS,
    usual="symbol",
)
HEADER = (
    *("symbol", "name", "kind", "classes", "wash_group", "status", "price", "price_on", "price_source"),
    *("issuer", "sector", "expense_ratio", "retired_on"),
)


@dataclass(frozen=True, slots=True)
class Row:
    security: Security
    url: str
    kind: str
    classes: str
    """By code, as files and programs name them."""
    classes_in_words: str
    wash_group: str
    trading: str
    price: Decimal | None
    priced_on: date | None
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class ListPage:
    heading: str
    rows: tuple[Row, ...]
    listing: Listing
    narrowed: str


def matching(rows: QuerySet[Security], text: str) -> QuerySet[Security]:
    """The securities whose symbol, name, CUSIP, issuer or former symbol contains a text."""
    return rows.filter(
        Q(symbol__icontains=text)
        | Q(name__icontains=text)
        | Q(cusip__iexact=text)
        | Q(issuer__icontains=text)
        | Q(pk__in=Security.objects.filter(former_symbols__symbol__iexact=text).values("pk"))
    )


def unmarked(rows: QuerySet[Security]) -> list[int]:
    """The keys of those whose names sound like complex products and that nobody has marked (rule PTC-17)."""
    found = rows.filter(product="", retired_on=None).values_list("pk", "name")
    return [key for key, name in found if complex_product.is_complex("", name=name) is None]


def of_day(rows: QuerySet[Security], lacks: str, *, on: date) -> QuerySet[Security]:
    """The rows, or those without a usable price on a day."""
    return rows.exclude(pk__in=securities.prices_on(on).keys()) if lacks == "price" else rows


def show_list(user: Any, asked: Asked, *, text: str, on: date) -> ListPage:
    """The securities on record; `text` is what was searched for."""
    held = access.securities_for(user)
    found, pager = listing.page_of(asked, _wanted(held, asked, text, on=on))
    kinds = dict(
        asked.narrowed(_wanted(held, asked, text, on=on), without=["kind"])
        .order_by()
        .values_list("kind")
        .annotate(Count("pk"))
    )
    return ListPage(
        heading=f"{pager.count} securit{'y' if pager.count == 1 else 'ies'}",
        rows=tuple(rows_of(found, on=on)),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=(
                listing.chips(
                    asked,
                    "lacks",
                    "Filter by what is missing",
                    [
                        ("", "All", None),
                        ("class", "Without a class", None),
                        ("price", "Without a price", None),
                        ("product", "Perhaps a complex product", None),
                    ],
                ),
                listing.chips(
                    asked,
                    "held",
                    "Filter by holding",
                    [("", "All", None), ("yes", "Held", None), ("no", "Not held", None)],
                ),
                listing.chips(
                    asked,
                    "asset_class",
                    "Filter by class",
                    [
                        ("", "Every class", None),
                        *((one.code, one.name, None) for one in AssetClass.objects.filter(retired_on=None)),
                    ],
                ),
                listing.chips(
                    asked,
                    "trading",
                    "Filter by status",
                    [
                        ("", "Any status", None),
                        *((value, str(label), None) for value, label in Security.Trading.choices),
                    ],
                ),
                listing.chips(
                    asked,
                    "kind",
                    "Filter by kind",
                    [
                        ("", "All", sum(kinds.values())),
                        *((value, str(label), kinds.get(value, 0)) for value, label in Security.Kind.choices),
                    ],
                ),
            ),
            columns={"symbol": "Symbol", "name": "Name", "kind": "Kind"},
        ),
        narrowed="match the search" if text else "",
    )


def export(user: Any, asked: Asked, *, text: str, on: date) -> Iterator[tuple[Cell, ...]]:
    """Every security of the view, under `HEADER`."""
    for row in rows_of(_wanted(access.securities_for(user), asked, text, on=on), on=on):
        one = row.security
        yield (
            *(one.symbol, one.name, row.kind, row.classes, row.wash_group, row.trading),
            *(
                row.price,
                row.priced_on,
                row.source,
                one.issuer,
                one.sector,
                one.expense_ratio,
                one.retired_on,
            ),
        )


def rows_of(found: Iterable[Security], *, on: date) -> Iterator[Row]:
    """Securities as the list shows them, with the price in use."""
    found = list(found)
    prices = securities.prices_on(on, securities=found)
    for one in found:
        price = prices.get(one.pk)
        weights = {row.asset_class: row.weight for row in one.class_weights.all()}
        notes = [
            "No class: not traded" if not weights else "",
            "No usable price" if price is None else "",
            f"Retired on {one.retired_on}" if one.retired_on else "",
        ]
        yield Row(
            security=one,
            url=reverse("clients:security", args=[one.pk]),
            kind=one.get_kind_display(),
            classes=security_facts.weights_text(weights),
            classes_in_words=", ".join(
                f"{key} {figures.weight_trimmed(share)}" for key, share in weights.items()
            ),
            wash_group=one.wash_group.code if one.wash_group else "",
            trading=one.get_trading_display(),
            price=price.price if price else None,
            priced_on=price.as_of_on if price else None,
            source=price.source if price else "",
            note="; ".join(note for note in notes if note),
        )


def _wanted(held: QuerySet[Security], asked: Asked, text: str, *, on: date) -> QuerySet[Security]:
    rows = of_day(_searched(held, text), asked.texts.get("lacks", ""), on=on)
    rows = rows.select_related("wash_group").prefetch_related("class_weights__asset_class")
    return asked.narrowed(rows)


def _searched(held: QuerySet[Security], text: str) -> QuerySet[Security]:
    return matching(held, text) if text else held
