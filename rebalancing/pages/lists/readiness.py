"""What still keeps each household from being measured and from being traded, with where each reason is cured.

For a firm that changes its tool, and for any household that is new. Read in a fixed number of queries from the record as
it is now; what the scan says is the same, household by household, once it has run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse

from clients import access as record
from clients.models import Account, BookEntry, Household, LifeEvent, Policy, Position, TaxLot, TaxProfile
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import market_days
from rebalancing.portfolios import portfolios, record_rows
from rebalancing.portfolios.market import Market


class Stops(StrEnum):
    """What a reason stands in the way of. What cannot be measured cannot be traded either."""

    MEASURING = "measuring"
    TRADING = "trading"


@dataclass(frozen=True, slots=True)
class ReasonKind:
    """A kind of reason: its code, its label in filters, and what it stops."""

    code: str
    label: str
    stops: Stops


_M, _T = Stops.MEASURING, Stops.TRADING
KINDS = (
    ReasonKind("no_policy", "No policy in force", _M),
    ReasonKind("no_account", "No open account", _M),
    ReasonKind("no_price", "A holding without a price", _M),
    ReasonKind("disputed_price", "A price in dispute", _M),
    ReasonKind("unclassified", "A holding without an asset class", _M),
    ReasonKind("no_advisor", "No advisor", _T),
    ReasonKind("no_reviewer", "No reviewer", _T),
    ReasonKind("no_profile", "No tax profile for the year", _T),
    ReasonKind("unconfirmed_profile", "Tax profile not confirmed", _T),
    ReasonKind("no_file", "No custodian file yet", _T),
    ReasonKind("not_tradable", "An account that cannot be traded", _T),
    ReasonKind("no_agreement", "No advisory agreement", _T),
    ReasonKind("no_basis", "Lots without basis", _T),
    ReasonKind("life_event", "An open life event", _T),
)
KIND_BY_CODE = {one.code: one for one in KINDS}
READY = "ready"
STANDINGS = (
    (Stops.MEASURING.value, "Cannot be measured"),
    (Stops.TRADING.value, "Cannot be traded"),
    (READY, "Ready"),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is missing: a sentence, and the page that cures it."""

    kind: ReasonKind
    sentence: str
    url: str
    link: str


@dataclass(frozen=True, slots=True)
class Row:
    """One household with everything that is missing; ready where nothing is."""

    public_id: str
    code: str
    name: str
    url: str
    standing: str
    standing_label: str
    reasons: tuple[Reason, ...]


class ReadinessFilters(django_filters.FilterSet):
    """The filters of the page and of the API; the rows are computed, so they are picked by `chosen`."""

    standing = django_filters.ChoiceFilter(choices=STANDINGS)
    reason = django_filters.ChoiceFilter(choices=[(one.code, one.label) for one in KINDS])


KIND = Kind(
    name="readiness",
    about=("readiness", "readiness"),
    filters=ReadinessFilters,
    orderings={
        "name": lambda row: (row.name, row.code),
        "reasons": lambda row: len(row.reasons),
    },
    first_down=frozenset({"reasons"}),
)
HEADER = ("household", "code", "standing", "reason", "stops", "sentence")


@dataclass(frozen=True, slots=True)
class ReadinessPage:
    heading: str
    rows: tuple[Row, ...]
    listing: Listing
    counts: tuple[tuple[str, int], ...]


def show(user: Any, asked: Asked, *, at: datetime) -> ReadinessPage:
    """The page: what is missing most comes first on the chips."""
    everything = of_book(user, at=at)
    rows, pager = listing.page_of(asked, _picked(everything, asked))
    standings = Counter(row.standing for row in everything)
    reasons = Counter(code for row in everything for code in {one.kind.code for one in row.reasons})
    ready = standings[READY]
    return ReadinessPage(
        heading=f"{ready} of {len(everything)} {'household' if len(everything) == 1 else 'households'} ready to trade",
        rows=tuple(rows),
        listing=listing.listing(
            asked,
            pager,
            held=everything,
            chips=(
                listing.chips(
                    asked,
                    "standing",
                    "Filter by standing",
                    [
                        ("", "All", len(everything)),
                        *((key, label, standings[key]) for key, label in STANDINGS),
                    ],
                ),
                listing.chips(
                    asked,
                    "reason",
                    "Filter by what is missing",
                    [
                        ("", "Anything", None),
                        *((code, KIND_BY_CODE[code].label, count) for code, count in reasons.most_common()),
                    ],
                ),
            ),
            columns={"name": "Household", "reasons": "What is missing"},
        ),
        counts=tuple((label, standings[key]) for key, label in STANDINGS),
    )


def export(user: Any, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """A line for every reason of the view, and one for each household that is ready, under `HEADER`."""
    for row in chosen(user, asked, at=at):
        for one in row.reasons:
            yield row.name, row.code, row.standing_label, one.kind.label, one.kind.stops, one.sentence
        if not row.reasons:
            yield row.name, row.code, row.standing_label, None, None, None


def chosen(user: Any, asked: Asked, *, at: datetime) -> list[Row]:
    """The rows of a view, in its order. Without an order, what stops most comes first."""
    return _picked(of_book(user, at=at), asked)


def _picked(rows: Sequence[Row], asked: Asked) -> list[Row]:
    standing, reason = asked.texts.get("standing"), asked.texts.get("reason")
    wanted = [
        row
        for row in rows
        if (not standing or row.standing == standing)
        and (not reason or any(one.kind.code == reason for one in row.reasons))
    ]
    return asked.ordered(wanted)


def of_book(user: Any, *, at: datetime) -> list[Row]:
    """Every open household this person may see with everything that is missing."""
    trade_on, last_close = market_days.trade_day(at), market_days.last_close(at)
    households = _fetched(record.households_for(user), trade_on=trade_on)
    held = _held(households)
    market = Market(last_close)
    keys = {key for some in held.values() for key, _ in some}
    securities = market.securities(keys) if keys else {}
    prices, disputed = market.prices(keys), market.disputed(keys)
    rows = []
    for household in households:
        reasons = [
            *_of_household(household, trade_on=trade_on),
            *_of_taxes(household, trade_on=trade_on),
            *_of_accounts(household, trade_on=trade_on),
        ]
        for key, without_basis in sorted(
            held.get(household.pk, ()), key=lambda one: securities[one[0]].symbol
        ):
            security = securities[key]
            if key in disputed:
                url, link = reverse("clients:prices_disputed"), "Decide about the price"
                reasons.append(
                    _reason("disputed_price", f"The price of {security} is in dispute.", url, link)
                )
            elif key not in prices:
                url, link = reverse("clients:import_upload"), "Load a file with prices"
                sentence = f"There is no price of {security} up to {last_close}."
                reasons.append(_reason("no_price", sentence, url, link))
            if not record_rows.is_classified(security):
                url, link = reverse("clients:workbook_list"), "Give it a class"
                reasons.append(_reason("unclassified", f"{security} has no asset class.", url, link))
            if without_basis:
                sentence = (
                    f"{without_basis} {'lot' if without_basis == 1 else 'lots'} of {security} without basis."
                )
                reasons.append(_at(household, "no_basis", sentence, "Look at its lots"))
        rows.append(_row(household, reasons))
    rank = {key: place for place, (key, _) in enumerate(STANDINGS)}
    return sorted(rows, key=lambda row: (rank[row.standing], -len(row.reasons), row.name, row.code))


def _fetched(households: QuerySet[Household], *, trade_on: date) -> list[Household]:
    accounts = (
        Account.objects.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
        .select_related("cash", "tax_unit")
        .defer("number")
        .prefetch_related(Prefetch("positions", Position.objects.select_related("security")))
        .order_by("pk")
    )
    entries = BookEntry.objects.filter(starts_on__lte=trade_on).filter(
        Q(ends_on=None) | Q(ends_on__gte=trade_on)
    )
    return list(
        households.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
        .prefetch_related(
            Prefetch("accounts", accounts, to_attr="open_accounts"),
            Prefetch("book_entries", entries, to_attr="book_now"),
            Prefetch(
                "policies", Policy.objects.exclude(state=Policy.State.SUPERSEDED), to_attr="policies_now"
            ),
            Prefetch(
                "tax_units__profiles", TaxProfile.objects.filter(tax_year=trade_on.year), to_attr="this_year"
            ),
            Prefetch(
                "life_events",
                LifeEvent.objects.filter(resolved_on=None, cancelled_at=None),
                to_attr="open_events",
            ),
            "holds",
        )
        .order_by("name", "code")
    )


def _held(households: Sequence[Household]) -> dict[int, list[tuple[int, int]]]:
    """The securities that each household holds in lots, with how many of the lots have no basis."""
    lots = TaxLot.objects.filter(account__household__in=households, account__closed_on=None, closed_on=None)
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for household, security, basis in lots.values_list("account__household", "security", "basis").iterator():
        found[household][security] += basis is None
    return {household: list(some.items()) for household, some in found.items()}


def _of_household(household: Any, *, trade_on: date) -> Iterator[Reason]:
    adopted = [one for one in household.policies_now if one.state == Policy.State.ADOPTED]
    if not any(one.effective_on and one.effective_on <= trade_on for one in adopted):
        draft = next(iter(household.policies_now), None)
        if draft is None:
            yield _at(household, "no_policy", "It has no investment policy.", "Draft one")
        else:
            signed = draft.signed_by_client_on and draft.signed_by_advisor_on
            state = "waits for a reviewer" if signed else "is not signed by both parties"
            url = reverse("clients:policy", args=[draft.public_id])
            yield _reason("no_policy", f"Its policy is a draft and {state}.", url, "Open the draft")
    if not household.open_accounts:
        yield _at(household, "no_account", "It has no open account.", "Open one")
    parts = {one.part for one in household.book_now}
    if BookEntry.Part.ADVISOR not in parts:
        yield _at(household, "no_advisor", "Nobody advises it.", "Assign an advisor")
    if BookEntry.Part.REVIEWER not in parts:
        yield _at(household, "no_reviewer", "Nobody reviews it.", "Assign a reviewer")
    for event in household.open_events:
        sentence = f"{event.get_kind_display()} of {event.opened_on} is open until the policy is renewed."
        yield _at(household, "life_event", sentence, "Look at it")


def _of_taxes(household: Any, *, trade_on: date) -> Iterator[Reason]:
    used = {one.tax_unit_id for one in household.open_accounts if one.tax_unit_id}
    for unit in household.tax_units.all():
        if unit.pk not in used:
            continue
        if not unit.this_year:
            sentence = f"{unit.name} has no tax profile for {trade_on.year}."
            url = reverse("rebalancing:tax_profile_confirm", args=[unit.public_id, trade_on.year])
            yield _reason("no_profile", sentence, url, "Confirm the year's figures")
        elif unit.this_year[0].confirmed_on is None:
            sentence = f"The {trade_on.year} tax profile of {unit.name} is not confirmed."
            url = reverse("rebalancing:tax_profile_confirm", args=[unit.public_id, trade_on.year])
            yield _reason("unconfirmed_profile", sentence, url, "Confirm the year's figures")


def _of_accounts(household: Any, *, trade_on: date) -> Iterator[Reason]:
    for account in household.open_accounts:
        is_empty = getattr(account, "cash", None) is None and not account.positions.all()
        if is_empty:
            url = reverse("clients:import_upload")
            yield _reason(
                "no_file", f"No custodian file has brought {account}.", url, "Load or bind its file"
            )
        if not account.agreement_in_force(on=trade_on):
            sentence = f"No advisory agreement is in force for {account}."
            yield _at(household, "no_agreement", sentence, "Record the agreement")
        why = portfolios.refusal_to_trade(account, holds=household.holds.all(), on=trade_on)
        if why and not is_empty and account.agreement_in_force(on=trade_on):
            yield _at(household, "not_tradable", f"{account}: {why}", "Look at the account")


def _row(household: Household, reasons: Sequence[Reason]) -> Row:
    stopped = {one.kind.stops for one in reasons}
    standing = next((one.value for one in Stops if one in stopped), READY)
    order = {one.code: place for place, one in enumerate(KINDS)}
    return Row(
        public_id=household.public_id,
        code=household.code,
        name=household.name,
        url=reverse("clients:household", args=[household.public_id]),
        standing=standing,
        standing_label=dict(STANDINGS)[standing],
        reasons=tuple(sorted(reasons, key=lambda one: order[one.kind.code])),
    )


def _at(household: Household, code: str, sentence: str, link: str) -> Reason:
    """A reason that is cured on the household's own page."""
    return _reason(code, sentence, reverse("clients:household", args=[household.public_id]), link)


def _reason(code: str, sentence: str, url: str, link: str) -> Reason:
    return Reason(KIND_BY_CODE[code], sentence, url, link)
