"""Recent purchases and loss sales of a household from every record: the inputs of the wash-sale rule."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from clients.models import TaxLot, Transaction
from clients.transfers import movements
from rebalancing.engine.documents.recent_trades import RecentTrade, RecentTradeKind
from rebalancing.engine.money import as_written
from rebalancing.portfolios import own_sales, record_rows
from rebalancing.portfolios.record_rows import Rows

ZERO = Decimal(0)

_PURCHASES = {
    Transaction.Kind.BUY: RecentTradeKind.PURCHASE,
    Transaction.Kind.REINVESTMENT: RecentTradeKind.REINVESTMENT,
}
# Ways of acquiring a lot that count as acquisitions under the wash-sale rule; empty where the file does not
# say.
_BOUGHT = {
    "",
    TaxLot.Acquisition.PURCHASE,
    TaxLot.Acquisition.REINVESTMENT,
    TaxLot.Acquisition.COMPENSATION,
    TaxLot.Acquisition.OTHER,
}


def recent(rows: Rows) -> list[RecentTrade]:
    """Purchases and loss sales of the window before the trade day, in every account of the household, closed ones too.

    A purchase is known from a transaction or from the lot it opened; a loss from the custodian's report or
    from our own orders.
    """
    accounts = {account.pk: account.public_id for account in rows.accounts}
    opened = _lots_opened(rows)
    found = [
        RecentTrade(
            id=f"buy-{one.pk}",
            kind=_PURCHASES[Transaction.Kind(one.kind)],
            account=accounts.get(one.account_id, f"away-{one.account_id}"),
            security=rows.securities[one.security_id].symbol,
            on=one.traded_on,
            shares=one.quantity,
            lot=opened.get(one.pk),
        )
        for one in rows.transactions
        if one.security_id is not None and one.quantity
    ]
    told = set(opened.values()) | _carried_over(rows)
    window = rows.trade_on - timedelta(days=record_rows.WASH_DAYS)
    found += [
        RecentTrade(
            id=f"lot-{lot.public_id}",
            kind=RecentTradeKind.PURCHASE,
            account=accounts[lot.account_id],
            security=rows.securities[lot.security_id].symbol,
            on=lot.acquired_on,
            shares=lot.quantity,
            lot=lot.public_id,
        )
        for lot in rows.lots
        if lot.public_id not in told
        and lot.acquired_by in _BOUGHT
        and lot.acquired_on is not None
        and window <= lot.acquired_on <= rows.trade_on
    ]
    for loss in rows.losses:
        assert loss.basis is not None, "only sales with a known basis were kept as losses"
        found.append(
            RecentTrade(
                id=f"loss-{loss.pk}",
                kind=RecentTradeKind.LOSS_SALE,
                account=accounts.get(loss.account_id, f"away-{loss.account_id}"),
                security=rows.securities[loss.security_id].symbol,
                on=loss.sold_on,
                shares=loss.quantity,
                loss_per_share=as_written((loss.basis - loss.proceeds) / loss.quantity),
            )
        )
    for use in rows.sent_losses:
        assert use.gain is not None, "only sales at a known loss were kept"
        found.append(
            RecentTrade(
                id=f"sent-{use.pk}",
                kind=RecentTradeKind.LOSS_SALE,
                account=accounts.get(use.order.account_id, f"away-{use.order.account_id}"),
                security=rows.securities[use.order.security_id].symbol,
                on=own_sales.sold_on(use),
                shares=use.quantity,
                loss_per_share=as_written(-use.gain / use.quantity),
            )
        )
    return found


def _carried_over(rows: Rows) -> set[str]:
    """Lots that only changed accounts: what was bought counts where it was bought."""
    window = rows.trade_on - timedelta(days=record_rows.WASH_DAYS)
    recent = [
        lot for lot in rows.lots if lot.pk and lot.acquired_on is not None and lot.acquired_on >= window
    ]
    moved = movements.moved_lots(recent) if recent else set()
    return {lot.public_id for lot in recent if lot.pk in moved}


def _lots_opened(rows: Rows) -> dict[int, str]:
    """The lot that each purchase opened, by the purchase's key, where it can be determined.

    The file may name it. Otherwise it is a lot of the same day with the same number of shares, or the day's
    only lot: shares must not be taken for their own replacement (Rev. Rul. 56-602), nor be counted twice.
    """
    by_key = {(lot.account_id, lot.security_id, lot.key): lot for lot in rows.lots}
    found: dict[int, str] = {}
    unnamed: dict[tuple[int, int | None, date], list[Transaction]] = defaultdict(list)
    for one in rows.transactions:
        named = by_key.get((one.account_id, one.security_id or 0, one.lot_key)) if one.lot_key else None
        if named is not None:
            found[one.pk] = named.public_id
        else:
            unnamed[one.account_id, one.security_id, one.traded_on].append(one)
    claimed = set(found.values())
    for place, purchases in unnamed.items():
        left = [
            lot
            for lot in rows.lots
            if (lot.account_id, lot.security_id, lot.acquired_on) == place and lot.public_id not in claimed
        ]
        for one in list(purchases):
            same = next((lot for lot in left if lot.quantity == one.quantity), None)
            if same is not None:
                found[one.pk] = same.public_id
                left.remove(same)
                purchases.remove(one)
        bought = sum((one.quantity or ZERO for one in purchases), ZERO)
        if len(left) == 1 and (len(purchases) == 1 or bought == left[0].quantity):
            found |= {one.pk: left[0].public_id for one in purchases}
    return found
