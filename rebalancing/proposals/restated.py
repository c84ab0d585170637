"""Proposals that counted on figures which a custodian restated since: open ones are stale, of traded ones it is told what
the sale comes to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max

from clients import figures
from clients.models import Restatement
from clients.restatements import restatements
from rebalancing.engine.money import cents
from rebalancing.models import Proposal, ProposedLot, Revision
from rebalancing.portfolios import executed, late_basis, own_sales, sent_lots


@dataclass(frozen=True, slots=True)
class Counted:
    """A proposal that counted on the old figure. `change` is what a sale of it gains more since, None where there is none
    or where it is not known.
    """

    proposal: Proposal
    sentence: str
    is_traded: bool
    change: Decimal | None = None


def sentences(revision: Revision) -> dict[str, str]:
    """What was restated since a revision was made, by symbol, as the cause for which it is stale."""
    told: dict[str, list[str]] = {}
    for row in restatements.since(revision.proposal.household, revision.created_at):
        if row.lot_id is not None:
            told.setdefault(row.security.symbol, []).append(_difference(row))
    return {
        symbol: f"The custodian restated {symbol}: {parts[0]}"
        + (f", and {figures.counted(len(parts) - 1, 'more lot')}." if len(parts) > 1 else ".")
        for symbol, parts in told.items()
    }


def counted_on(row: Restatement) -> list[Counted]:
    """The open proposals made on the old figure, and the trades that were released on it."""
    return [*_open(row), *_traded(row)]


def _open(row: Restatement) -> Iterator[Counted]:
    standing = Proposal.objects.filter(
        household=row.account.household_id, state__in=Proposal.OPEN_STATES
    ).annotate(made_at=Max("revisions__created_at"))
    for one in standing.filter(made_at__lt=row.found_at).order_by("pk"):
        yield Counted(one, "It is open, and stale: it was made on the figures before.", is_traded=False)


def _traded(row: Restatement) -> Iterator[Counted]:
    uses = ProposedLot.objects.filter(
        order__account=row.account_id,
        order__security=row.security_id,
        order__order__batch__released_at__lt=row.found_at,
    )
    if row.lot_id is not None:
        uses = uses.filter(lot=row.lot_id)
    found = sent_lots.sent(uses.select_related("lot", "order__revision__proposal"))
    for use in executed.in_place_of_estimates(found):
        if row.gain is not None and own_sales.sold_on(use) != row.gain.sold_on:
            continue
        shares, symbol = figures.quantity(use.quantity), row.security.symbol
        said = f"{shares} {symbol} were sold on {figures.day(own_sales.sold_on(use))}"
        change = _change(row, use)
        if row.gain_id is not None:
            said += "; the custodian’s figure of the sale counts"
        elif change is None:
            said += "; what the sale gains on this basis is not known"
        elif change:
            said += (
                f"; on this basis the gain is {figures.money(change, signed=True)} against what was counted"
            )
        yield Counted(use.order.revision.proposal, f"{said}.", is_traded=True, change=change)


def _change(row: Restatement, use: ProposedLot) -> Decimal | None:
    """What a sale gains more on the restated basis than on the one before."""
    if row.basis is None or not row.quantity or row.gain_id is not None:
        return None
    now = late_basis.proceeds_of(use) - cents(row.basis * use.quantity / row.quantity)
    if row.was_basis is None or not row.was_quantity:
        return now
    return now - (late_basis.proceeds_of(use) - cents(row.was_basis * use.quantity / row.was_quantity))


def _difference(row: Restatement) -> str:
    """What is other about a lot, in words."""
    if row.was_quantity is None or row.quantity is None:
        held = row.quantity if row.was_quantity is None else row.was_quantity
        shares = figures.quantity(held) if held is not None else ""
        return f"a lot of {shares} shares is {'new' if row.was_quantity is None else 'gone'}"
    parts = []
    if row.was_basis != row.basis:
        parts.append(f"basis {_money(row.was_basis)} → {_money(row.basis)}")
    if row.was_acquired_on != row.acquired_on:
        parts.append(f"acquired {_day(row.was_acquired_on)} → {_day(row.acquired_on)}")
    if row.was_quantity != row.quantity:
        parts.append(f"{figures.quantity(row.was_quantity)} → {figures.quantity(row.quantity)} shares")
    return ", ".join(parts)


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else figures.money(amount)


def _day(on: object) -> str:
    return "on an unknown day" if on is None else figures.day(on)  # type: ignore[arg-type]
