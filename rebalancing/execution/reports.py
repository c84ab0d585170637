"""What a broker says about an order, by FIX or in a file, in one shape. Pure: values only.

A report is known by broker, account, trade day and execution id: brokers number their executions anew every day, some
for each account. The same key again is the same report and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What happened, in the terms of FIX 4.4's ExecType."""

    ACKNOWLEDGED = "acknowledged"  # ExecType 0: the broker has the order.
    FILL = "fill"  # ExecType F: part or all of the order was traded; `leaves` says which.
    DONE_FOR_DAY = "done_for_day"  # ExecType 3: nothing more of the order is traded today.
    CANCELED = "canceled"  # ExecType 4.
    REPLACED = "replaced"  # ExecType 5.
    REJECTED = "rejected"  # ExecType 8.
    EXPIRED = "expired"  # ExecType C.
    CORRECTED = "corrected"  # ExecType G: takes the place of the fill that `corrects` names.
    BUSTED = "busted"  # ExecType H: the fill that `corrects` names never was.
    CANCEL_REJECTED = "cancel_rejected"  # Message 9: the order could not be canceled or replaced.


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `quantity` and `price` are those of this execution, in shares and dollars a share; zero shares where
    nothing was traded. `cumulative` and `leaves` are the broker's own counts after it, None where it gives none.
    """

    broker: str  # The name of the FIX session or the code of the custodian.
    reference: str  # Ours: of the block, or of one order where the broker knows single accounts.
    exec_id: str
    kind: Kind
    symbol: str
    side: str  # "buy" or "sell".
    trade_on: date
    transacted_at: datetime
    account: str = ""  # Ours (public id), where the report is about one account.
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    cumulative: Decimal | None = None
    leaves: Decimal | None = None
    corrects: str = ""  # The exec id of the fill that is corrected or busted.
    broker_order: str = ""  # The broker's own order id.
    ordered: Decimal | None = (
        None  # What the broker now has on order, where it accepts other terms: shares in all.
    )
    ordered_limit: Decimal | None = None  # Its limit then, in dollars a share.
    text: str = ""  # Its words, such as the reason of a rejection.

    @property
    def key(self) -> tuple[str, str, date, str]:
        return self.broker, self.account, self.trade_on, self.exec_id
