"""Reports as they are kept, and what a kept one says."""

from __future__ import annotations

from rebalancing.execution.reports import Kind, Report
from rebalancing.models import Fill


def report_of(row: Fill) -> Report:
    """The report that a row keeps."""
    return Report(
        broker=row.broker,
        reference=row.reference,
        exec_id=row.exec_id,
        kind=Kind(row.kind),
        symbol=row.symbol,
        side=row.side,
        trade_on=row.trade_on,
        transacted_at=row.transacted_at,
        account=row.account_ref,
        quantity=row.quantity,
        price=row.price,
        cumulative=row.cumulative,
        leaves=row.leaves,
        corrects=row.corrects,
        broker_order=row.broker_order,
        ordered=row.ordered,
        ordered_limit=row.ordered_limit,
        text=row.text,
    )
