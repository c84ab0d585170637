"""The trader's part of the home page: orders to release and orders that are out, files to confirm, accounts to bind, prices that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse

from advisory.desk import executing, work
from advisory.desk.work import Work
from clients import access as record
from clients import figures
from clients.models import Account, CustodianFile, Workbook
from clients.pages import bindings, price_list
from rebalancing import access
from rebalancing.models import Proposal
from rebalancing.pages.lists.proposals import rows_of

PRICES_MAX = 5


@dataclass(frozen=True, slots=True)
class TradingSection:
    """What the trading desk has to do. `to_release` counts the approved proposals."""

    work: tuple[Work, ...]
    to_release: int


def show(user: Any, *, at: datetime) -> TradingSection:
    """The section."""
    approved = list(
        access.proposals_for(user)
        .filter(state=Proposal.State.APPROVED)
        .select_related("household", "reading")
        .order_by("drafted_at")
    )
    to_do = (
        *_orders(approved, at=at),
        *executing.work_of(user, at=at),
        *_files(user),
        *_workbooks(user),
        *_bindings(user),
        *_prices(user, at=at),
        *_accounts(user),
    )
    return TradingSection(work=work.listed(to_do, at=at), to_release=len(approved))


def _orders(approved: list[Proposal], *, at: datetime) -> tuple[Work, ...]:
    rows = [
        Work(
            what=f"Orders to release: {work.counted(row.orders, 'trade', 'trades')}",
            whom=row.household,
            link="Check and release",
            url=reverse("rebalancing:release", args=[row.public_id]),
            why=row.why,
            since=row.drafted_at,
            due=row.expires_at,
        )
        for row in rows_of(approved, at=at)
    ]
    return work.at_most(
        rows, "approved proposals", f"{reverse('rebalancing:proposal_list')}?state={Proposal.State.APPROVED}"
    )


def _files(user: Any) -> tuple[Work, ...]:
    waiting = record.files_for(user).filter(
        state__in=(CustodianFile.State.PREVIEWED, CustodianFile.State.REFUSED)
    )
    rows = [
        Work(
            what=f"{one.name} was refused"
            if one.state == CustodianFile.State.REFUSED
            else f"{one.name} waits to be confirmed",
            whom=_custodian(one.custodian),
            link="See why" if one.state == CustodianFile.State.REFUSED else "Check and load",
            url=reverse("clients:import_detail", args=[one.public_id]),
            since=one.received_at,
            tone="breach" if one.state == CustodianFile.State.REFUSED else "attention",
        )
        for one in waiting.defer("content", "preview", "faults", "receipt").order_by("received_at", "pk")
    ]
    return work.at_most(rows, "files", reverse("clients:import_list"))


def _workbooks(user: Any) -> Iterator[Work]:
    waiting = record.workbooks_for(user).filter(state=Workbook.State.PREVIEWED).defer("content", "faults")
    for one in waiting.order_by("received_at", "pk")[: work.OF_A_KIND_MAX]:
        yield Work(
            what=f"{one.name} waits to be confirmed",
            whom="The firm",
            link="Check and load",
            url=reverse("clients:workbook", args=[one.public_id]),
            since=one.received_at,
        )


def _bindings(user: Any) -> Iterator[Work]:
    unbound = bindings.unbound_for(user).order_by("file__received_at", "file")
    rows = unbound.values_list("file__public_id", "file__name", "file__custodian", "file__received_at")
    for public_id, name, custodian, received_at, count in rows.annotate(Count("pk")):
        yield Work(
            what=f"{work.counted(count, 'account is', 'accounts are')} not bound in {name}",
            whom=_custodian(custodian),
            link="Bind them",
            url=f"{reverse('clients:binding_list')}?file={public_id}",
            why="Their holdings are not loaded until somebody says which accounts they are.",
            since=received_at,
        )


def _prices(user: Any, *, at: datetime) -> Iterator[Work]:
    market_on = price_list.last_close(at)
    stale = price_list.stale_rows(user, market_on=market_on)
    if len(stale) > PRICES_MAX:
        yield Work(
            what=f"{len(stale)} held securities have no price of {figures.day(market_on)}",
            whom="",
            link="See which",
            url=reverse("clients:price_stale"),
            why="They come with the day's files; what is left is entered by hand.",
        )
        return
    for row in stale:
        yield Work(
            what=f"{row.security.symbol} has no price of {figures.day(market_on)}",
            whom=work.counted(row.households_count, "household", "households"),
            link="Enter its price",
            url=f"{row.enter_url}?priced_on={market_on}",
            why="" if row.is_usable else "Whoever holds it is not measured.",
            since=row.last_on,
            tone="attention" if row.is_usable else "breach",
        )
    for price in record.disputed_prices_for(user).select_related("security")[:PRICES_MAX]:
        yield Work(
            what=f"Two sources disagree about {price.security.symbol}",
            whom="",
            link="Decide",
            url=reverse("clients:prices_disputed"),
            since=price.as_of_on,
        )


def _accounts(user: Any) -> tuple[Work, ...]:
    broken = record.accounts_for(user).filter(reconciliation=Account.Reconciliation.BROKEN, closed_on=None)
    rows = [
        Work(
            what=f"{one.name} {figures.masked(one.number_last4)} does not reconcile",
            whom=one.household.name,
            link="See what differs",
            url=reverse("clients:account", args=[one.public_id]),
            why=one.reconciliation_note,
        )
        for one in broken.select_related("household").defer("number").order_by("household__name", "pk")
    ]
    return work.at_most(rows, "accounts that do not reconcile", reverse("clients:account_list"))


def _custodian(code: str) -> str:
    return dict(Account.Custodian.choices).get(code, "") if code else ""
