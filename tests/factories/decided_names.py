"""What the small firm called its classes and models, moved in kind, brought in by workbook, and connected to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from clients.models import AssetClass, Security
from clients.policies import model_portfolios
from clients.securities import asset_classes
from clients.transfers import transfers
from compliance.people.actors import Actor
from compliance.review_desk import queue_owners
from rebalancing.fix import inbox, sessions
from rebalancing.models import FixInbox
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import workbooks
from tests.factories.the_firm import TheFirm


def named_moved_and_connected(firm: TheFirm) -> None:
    """One decided thing of each of these kinds, and one that is over."""
    ana: dict[str, Any] = {"by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    tom: dict[str, Any] = {"by": Actor.person(firm.tom), "at": SUNDAY_NOON}
    stocks = AssetClass.objects.get(code="us_stock")
    asset_classes.rename(
        stocks, label=stocks.name, position=stocks.position, by=Actor.person(firm.cora), at=SUNDAY_NOON
    )
    draft = model_portfolios.open_model(code="old", name="Old", description="", like=None, **ana)
    old = draft.model
    model_portfolios.discard(draft, reason="Not needed.", **ana)
    model_portfolios.retire(old, reason="Nobody follows it.", **ana)
    account, stock = firm.millers.accounts.order_by("pk")[0], Security.objects.get(symbol="ZUB")
    for shares in (Decimal(10), Decimal(11)):
        terms = transfers.Terms(None, account, "Old Broker", stock, shares, date(2026, 11, 27))
        row = transfers.expect(terms, user_id=firm.ana.pk, **ana)
    transfers.end(row, reason="They keep it.", user_id=firm.ana.pk, **ana)
    family = workbooks.family("baker", number="0022220009")
    workbooks.loaded(workbooks.xlsx({name: rows for name, rows in family.items() if name not in POLICIES}))
    session = sessions.make(
        name="Desk", custodian="schwab", heartbeat_seconds=30, user_id=firm.tom.pk,
        address=sessions.Address("EVENKEEL", "BROKER", "127.0.0.1", 9, uses_tls=False), **tom,
    )  # fmt: skip
    message = FixInbox.objects.create(
        session=session, epoch=1, number=1, kind="8", raw="8=FIX.4.4", received_at=SUNDAY_NOON,
        done_at=SUNDAY_NOON, trouble="Not understood.",
    )  # fmt: skip
    one = queue_owners.Named("override", "1", firm.millers.public_id, is_settled_by_hand=True)
    queue_owners.take(one, by=Actor.person(firm.cora), at=SUNDAY_NOON)
    queue_owners.hand_over(one, to=cast.nina().pk, note="Away.", by=Actor.person(firm.cora), at=SUNDAY_NOON)
    inbox.settle(message, reason="Asked on the phone.", user_id=firm.tom.pk, **tom)


POLICIES = ("policies", "restrictions")
"""Sheets that would need the workbook's own template and model."""
