"""What a thread of a proposal is about: a trade, a lot that is sold, or a finding, named so that a later revision knows it again.

A trade is known by account, side and security, a lot by its id, a finding by the concern that it names. The reference also says
what to call it, for a revision in which it is no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from clients import figures
from compliance.models import AnchorKind, Comment, FindingRow
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan, Side

SIDES = frozenset(side.value for side in Side)
UNDATED = "undated"
GONE = {
    AnchorKind.TRADE: "Revision {} does not make this trade.",
    AnchorKind.LOT: "Revision {} sells nothing of this lot.",
    AnchorKind.FINDING: "The checks of revision {} do not find this.",
}
"""What is said at a thread about something that a revision does not have."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What one thread is about."""

    kind: AnchorKind
    ref: str

    @property
    def key(self) -> str:
        """What names the same thing in every revision."""
        if self.kind is AnchorKind.LOT:
            return self.ref.split("/", 1)[0]
        return self.ref.rsplit("/", 1)[-1] if self.kind is AnchorKind.FINDING else self.ref

    @property
    def place(self) -> tuple[AnchorKind, str]:
        """The thing in any revision that has it."""
        return (self.kind, self.key)

    @property
    def typed(self) -> str:
        """The anchor in one field of a form."""
        return f"{self.kind}|{self.ref}"

    def in_words(self, accounts: Mapping[str, str]) -> str:
        """The thing as people call it; `accounts` are names by id. A reference of another form is its own name."""
        parts = self.ref.split("/", 2)
        if self.kind is AnchorKind.TRADE and len(parts) == 3 and parts[1] in SIDES:
            return f"{parts[1]} {parts[2]} in {accounts.get(parts[0], 'an account that is no more')}"
        if self.kind is AnchorKind.LOT and len(parts) == 3:
            bought = "undated lot" if parts[1] == UNDATED else f"lot of {_day(parts[1])}"
            return f"the {bought} of {parts[2]}"
        if self.kind is AnchorKind.FINDING and len(parts) == 2:
            return f"the finding of {parts[0]}"
        return self.ref


def read(typed: str) -> Anchor | None:
    """The anchor that a form sends; None where it is none of a thing."""
    kind, _, ref = typed.partition("|")
    return Anchor(AnchorKind(kind), ref) if kind in GONE and ref else None


def of_comment(comment: Comment) -> Anchor:
    """What a comment is about."""
    return Anchor(AnchorKind(comment.anchor_kind), comment.anchor_ref)


def trade(account: str, side: str, security: str) -> Anchor:
    return Anchor(AnchorKind.TRADE, f"{account}/{side}/{security}")


def lot(identity: str, security: str, acquired: date | None) -> Anchor:
    return Anchor(AnchorKind.LOT, f"{identity}/{acquired.isoformat() if acquired else UNDATED}/{security}")


def finding(rule: str, key: str) -> Anchor:
    return Anchor(AnchorKind.FINDING, f"{rule}/{key}")


def of_revision(plan: Plan, shown: document.Household, rows: Iterable[FindingRow]) -> Iterator[Anchor]:
    """Everything of a revision that a thread can be about; a check that is in order has found nothing."""
    acquired = {one.id: one.acquired for one in shown.lots}
    for order in plan.orders:
        yield trade(order.account, order.side.value, order.security)
        for sale in order.lots:
            yield lot(sale.lot, order.security, acquired.get(sale.lot))
    for row in rows:
        if row.severity:
            yield finding(row.rule, row.key)


def _day(text: str) -> str:
    try:
        return figures.day(date.fromisoformat(text))
    except ValueError:
        return text
