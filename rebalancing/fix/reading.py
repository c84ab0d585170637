"""What a broker sent, as values: reports about orders, answers to allocations, or a note that changes nothing. Pure.

Nothing is guessed: a message that lacks what a report needs raises `Unreadable` with the tag that is missing, and a
person looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from rebalancing.execution.reports import Kind, Report
from rebalancing.fix.messages import block_reference

EXECUTION_REPORT, CANCEL_REJECT, ALLOCATION_ACK = "8", "9", "P"
SESSION_REJECT, BUSINESS_REJECT = "3", "j"
REJECTS = (SESSION_REJECT, BUSINESS_REJECT)
NEW_YORK = ZoneInfo("America/New_York")
SOH = "\x01"

EXEC_TYPES: Mapping[str, Kind] = {
    "0": Kind.ACKNOWLEDGED,
    "F": Kind.FILL,
    "1": Kind.FILL,  # As FIX 4.2 said it; some brokers still do.
    "2": Kind.FILL,
    "3": Kind.DONE_FOR_DAY,
    "4": Kind.CANCELED,
    "5": Kind.REPLACED,
    "8": Kind.REJECTED,
    "C": Kind.EXPIRED,
    "G": Kind.CORRECTED,
    "H": Kind.BUSTED,
}
UNDER_WAY: Mapping[str, str] = {
    "A": "Pending new",
    "6": "Pending cancel",
    "E": "Pending replace",
    "9": "Suspended",
    "7": "Stopped",
    "B": "Calculated",
    "I": "Order status",
}
"""What says that something is under way and changes no order."""

ALLOCATION_STATES = {"0": "accepted", "1": "rejected", "2": "partly accepted", "3": "received", "4": "incomplete",
                     "5": "rejected"}  # fmt: skip


class Unreadable(Exception):
    """A message that cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class AllocationAnswer:
    """What the broker says to an AllocationInstruction of ours."""

    reference: str
    state: str
    text: str = ""

    @property
    def is_refused(self) -> bool:
        return self.state == "rejected"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A Reject of a message of ours by its number: the broker never looked at what it says."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Understood, and nothing follows from it."""

    text: str


Read = Report | AllocationAnswer | Refusal | Note


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message's fields, the first of each tag; what is inside repeating groups is not needed here."""

    fields: Mapping[int, str]

    @classmethod
    def of(cls, raw: str) -> Incoming:
        fields: dict[int, str] = {}
        for part in raw.split(SOH):
            tag, sign, text = part.partition("=")
            if sign and tag.isdigit():
                fields.setdefault(int(tag), text)
        return cls(fields)

    @property
    def kind(self) -> str:
        return self.text(35)

    def text(self, tag: int) -> str:
        return self.fields.get(tag, "").strip()

    def needed(self, tag: int) -> str:
        if not (found := self.text(tag)):
            raise Unreadable(f"Tag {tag} is missing.")
        return found

    def figure(self, tag: int) -> Decimal | None:
        """A figure, or None where the tag is absent. Raises `Unreadable` for what is no finite figure."""
        if not (text := self.text(tag)):
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise Unreadable(f"Tag {tag} is not a figure.")
        return value

    def moment(self, tag: int) -> datetime | None:
        if not (text := self.text(tag)):
            return None
        head, _, fraction = text.partition(".")
        try:
            moment = datetime.strptime(head, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC)
            return moment.replace(microsecond=int(fraction[:6].ljust(6, "0") or 0))
        except ValueError as error:
            raise Unreadable(f"Tag {tag} is not a moment.") from error

    def day(self, tag: int) -> date | None:
        if not (text := self.text(tag)):
            return None
        try:
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError as error:
            raise Unreadable(f"Tag {tag} is not a day.") from error


def read(raw: str, *, broker: str, accounts: Mapping[str, str] | None = None) -> Read:
    """One message of a broker. `accounts` gives our id of an account by the custodian's number.

    Raises `Unreadable`.
    """
    message = Incoming.of(raw)
    if message.kind == EXECUTION_REPORT:
        return _execution(message, broker, accounts or {})
    if message.kind == CANCEL_REJECT:
        return _cancel_reject(message, broker)
    if message.kind == ALLOCATION_ACK:
        state = message.needed(87)
        if state not in ALLOCATION_STATES:
            raise Unreadable(f"AllocStatus {state} is not known.")
        return AllocationAnswer(message.needed(70), ALLOCATION_STATES[state], _words(message))
    if message.kind in REJECTS:
        number = message.needed(45)
        if not number.isdigit():
            raise Unreadable("Tag 45 is not a number.")
        return Refusal(int(number), message.text(58) or "The broker refused the message.")
    if message.kind == "N":
        return Note("Status of a list")
    raise Unreadable(f"Messages of type {message.kind} are not understood.")


def _execution(message: Incoming, broker: str, accounts: Mapping[str, str]) -> Report | Note:
    said = message.needed(150)
    if said in UNDER_WAY:
        return Note(UNDER_WAY[said])
    if said not in EXEC_TYPES:
        raise Unreadable(f"ExecType {said} is not understood; a person decides what it means.")
    kind = EXEC_TYPES[said]
    of_fill = kind in (Kind.FILL, Kind.CORRECTED, Kind.BUSTED)
    quantity = message.figure(32)
    price = message.figure(31)
    if kind in (Kind.FILL, Kind.CORRECTED) and (quantity is None or price is None):
        raise Unreadable("A fill without its quantity (tag 32) or price (tag 31).")
    corrects = message.needed(19) if kind in (Kind.CORRECTED, Kind.BUSTED) else ""
    side = {"1": "buy", "2": "sell", "5": "sell"}.get(message.needed(54))
    if side is None:
        raise Unreadable(f"Side {message.text(54)} is not one of ours.")
    moment = _moment(message)
    ordered, limit = _terms(message) if kind is Kind.REPLACED else (None, None)
    return Report(
        broker=broker,
        reference=_block(message),
        exec_id=message.needed(17),
        kind=kind,
        symbol=_symbol(message),
        side=side,
        trade_on=message.day(75) or moment.astimezone(NEW_YORK).date(),
        transacted_at=moment,
        account=accounts.get(message.text(1), ""),
        quantity=(quantity or Decimal(0)) if of_fill else Decimal(0),
        price=price if of_fill else None,
        cumulative=message.figure(14),
        leaves=message.figure(151),
        corrects=corrects,
        broker_order=message.text(37),
        ordered=ordered,
        ordered_limit=limit,
        text=_words(message),
    )


def _terms(message: Incoming) -> tuple[Decimal | None, Decimal | None]:
    """The terms that a broker has accepted, as it states them: shares in all, and the limit. None: it states none."""
    ordered, left, filled = (message.figure(tag) for tag in (38, 151, 14))
    if ordered is None and left and filled is not None:
        ordered = left + filled  # OrderQty may be left out of a report; what is open and filled add up to it.
    if ordered is not None and not ordered > 0:
        raise Unreadable("An order was replaced by one for no shares.")
    limit = message.figure(44)
    return ordered, limit if limit and limit > 0 else None


def _cancel_reject(message: Incoming, broker: str) -> Report:
    moment = _moment(message)
    return Report(
        broker=broker,
        reference=_block(message),
        exec_id=f"9:{message.needed(11)}",  # The message has no ExecID; each request of ours is answered once.
        kind=Kind.CANCEL_REJECTED,
        symbol="",
        side="",
        trade_on=moment.astimezone(NEW_YORK).date(),
        transacted_at=moment,
        broker_order=message.text(37),
        text=_words(message),
    )


def _block(message: Incoming) -> str:
    """The block's reference: of the ClOrdID, or, where the broker leaves ours out, of the original one."""
    ours = message.text(11)
    return block_reference(message.needed(41) if ours in ("", "NONE") else ours)


def _symbol(message: Incoming) -> str:
    suffix = message.text(65)
    return f"{message.needed(55)}.{suffix}" if suffix else message.needed(55)


def _moment(message: Incoming) -> datetime:
    moment = message.moment(60) or message.moment(52)
    if moment is None:
        raise Unreadable("Tags 60 and 52 are missing.")
    return moment


def _words(message: Incoming) -> str:
    """The broker's words, or the code of its reason where it gives none."""
    if words := message.text(58):
        return words[:300]
    for tag, name in ((103, "OrdRejReason"), (102, "CxlRejReason"), (88, "AllocRejCode")):
        if code := message.text(tag):
            return f"{name} {code}"
    return ""
