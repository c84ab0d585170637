"""What each kind of corporate action needs to be told, and its terms in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kinds, by the codes of the record."""

    SPLIT = "split"
    REVERSE_SPLIT = "reverse_split"
    STOCK_DIVIDEND = "stock_dividend"
    CASH_MERGER = "cash_merger"
    STOCK_MERGER = "stock_merger"
    MIXED_MERGER = "mixed_merger"
    SPIN_OFF = "spin_off"
    SYMBOL_CHANGE = "symbol_change"
    CUSIP_CHANGE = "cusip_change"
    RETURN_OF_CAPITAL = "return_of_capital"
    CASH_IN_LIEU = "cash_in_lieu"
    TENDER = "tender"
    DELISTING = "delisting"
    LIQUIDATION = "liquidation"


WHOLE_RATIO = frozenset({Kind.SPLIT, Kind.REVERSE_SPLIT, Kind.STOCK_DIVIDEND})
"""More or fewer shares of the same security."""
MERGERS = frozenset({Kind.STOCK_MERGER, Kind.MIXED_MERGER})
FOR_CASH = frozenset({Kind.CASH_MERGER, Kind.LIQUIDATION})
"""All shares are taken for cash."""
IN_NAME = frozenset({Kind.SYMBOL_CHANGE, Kind.CUSIP_CHANGE, Kind.DELISTING})
"""Nothing becomes of a lot."""
CHOSEN = frozenset({Kind.TENDER})
"""What happens only where a holder accepts: the custodian's file alone says where."""
MAY_BE_TAXABLE = MERGERS | {Kind.SPIN_OFF}
PAYS = frozenset(
    {Kind.CASH_MERGER, Kind.MIXED_MERGER, Kind.TENDER, Kind.RETURN_OF_CAPITAL, Kind.CASH_IN_LIEU}
)
"""What pays something. A liquidation that pays nothing is stock that became worthless."""
RATIO_MOST = Decimal(10_000)

NEEDS: Mapping[Kind, tuple[str, ...]] = {
    **dict.fromkeys(WHOLE_RATIO, ("ratio",)),
    Kind.STOCK_MERGER: ("ratio", "new_security"),
    Kind.MIXED_MERGER: ("ratio", "new_security", "cash"),
    Kind.CASH_MERGER: ("cash",),
    Kind.LIQUIDATION: ("cash",),
    Kind.TENDER: ("cash",),
    Kind.RETURN_OF_CAPITAL: ("cash",),
    Kind.CASH_IN_LIEU: ("lieu_price",),
    Kind.SPIN_OFF: ("ratio", "new_security"),
    Kind.SYMBOL_CHANGE: ("new_symbol",),
    Kind.CUSIP_CHANGE: ("new_cusip",),
    Kind.DELISTING: (),
}
"""What must be known when an action is announced."""
TAKES: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(needs)
    | ({"lieu_price"} if kind in WHOLE_RATIO | MERGERS | {Kind.SPIN_OFF} else set())
    | ({"value"} if kind in MAY_BE_TAXABLE else set())
    | ({"basis_share"} if kind is Kind.SPIN_OFF else set())
    for kind, needs in NEEDS.items()
}
"""What may be said of a kind at all."""
CAPTIONS = {
    "ratio": "the ratio of new to old shares",
    "new_security": "the new security",
    "cash": "the cash for a share",
    "lieu_price": "the price paid for a whole share",
    "new_symbol": "the new symbol",
    "new_cusip": "the new CUSIP",
    "basis_share": "the new security’s part of the basis",
    "value": "what a new share was worth",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """An action as arithmetic needs it. `cash` is dollars for an old share, `value` and `lieu_price` for a new one."""

    kind: Kind
    effective_on: date
    shares_new: Decimal | None = None
    shares_old: Decimal | None = None
    cash: Decimal | None = None
    basis_share: Decimal | None = None
    value: Decimal | None = None
    lieu_price: Decimal | None = None
    is_taxable: bool = False

    @property
    def ratio(self) -> Decimal:
        """New shares for each old one. Raises ValueError where it is not known."""
        if not self.shares_new or not self.shares_old:
            raise ValueError(f"A {self.kind.replace('_', ' ')} needs its ratio.")
        return self.shares_new / self.shares_old


def of(row: Any) -> Terms:
    """The terms of an action on record."""
    return Terms(
        kind=Kind(row.kind),
        effective_on=row.effective_on,
        shares_new=row.shares_new,
        shares_old=row.shares_old,
        cash=row.cash,
        basis_share=row.basis_share,
        value=row.value,
        lieu_price=row.lieu_price,
        is_taxable=row.is_taxable,
    )


def _known(values: Mapping[str, Any], name: str) -> bool:
    if name == "ratio":
        return bool(values.get("shares_new") and values.get("shares_old"))
    return values.get(name) not in (None, "")


def refusal(values: Mapping[str, Any], on: date) -> str | None:
    """Why an action cannot be as it is entered."""
    kind = Kind(values["kind"])
    for name in NEEDS[kind]:
        if not _known(values, name):
            return f"This kind of action needs {CAPTIONS[name]}."
    for name in CAPTIONS:
        if name not in TAKES[kind] and _known(values, name):
            return f"This kind of action has nothing to do with {CAPTIONS[name]}. Leave it empty."
    if bool(values.get("shares_new")) != bool(values.get("shares_old")):
        return "The ratio needs both numbers, such as 4 for 1."
    if (
        _known(values, "ratio")
        and not 1 / RATIO_MOST <= values["shares_new"] / values["shares_old"] <= RATIO_MOST
    ):
        return "A ratio of more than 10,000 is mistyped: no account could hold the shares."
    if kind in PAYS and not (values.get("cash") or values.get("lieu_price")):
        return "It pays nothing as it is entered. Only a liquidation may."
    if values.get("is_taxable") and kind not in MAY_BE_TAXABLE:
        return "Whether this kind of action is taxed is not a choice."
    if kind in WHOLE_RATIO:
        grows = values["shares_new"] > values["shares_old"]
        if grows == (kind is Kind.REVERSE_SPLIT) or values["shares_new"] == values["shares_old"]:
            return (
                "A reverse split gives fewer shares than there were."
                if kind is Kind.REVERSE_SPLIT
                else "It gives more shares than there were. Fewer are a reverse split."
            )
    if kind is Kind.SYMBOL_CHANGE and values["new_symbol"] == getattr(values.get("security"), "symbol", ""):
        return "It has that symbol already."
    if kind is Kind.CUSIP_CHANGE and values["new_cusip"] == getattr(values.get("security"), "cusip", ""):
        return "It has that CUSIP already."
    if values.get("new_security") is not None and values["new_security"] == values.get("security"):
        return "The new security is another one."
    if abs((values["effective_on"] - on).days) > 400:
        return "The effective day is more than a year away."
    return None


def missing(values: Mapping[str, Any]) -> str | None:
    """What has to be known before an action can be agreed to, as a sentence; None where nothing is missing."""
    kind = Kind(values["kind"])
    wanted = list(NEEDS[kind])
    if kind is Kind.SPIN_OFF and not values.get("is_taxable"):
        wanted.append("basis_share")
    if kind is Kind.MIXED_MERGER or (values.get("is_taxable") and kind in MAY_BE_TAXABLE):
        wanted.append("value")
    for name in wanted:
        if not _known(values, name):
            return f"It cannot be agreed to before {CAPTIONS[name]} is known."
    return None


def told(values: Mapping[str, Any]) -> str:
    """`4 new shares for 1`, `$2.50 a share`, `1 ZZN for 10, 12.5% of the basis`."""
    said = []
    if _known(values, "ratio"):
        new = values.get("new_security")
        name = f" {new.symbol}" if new is not None else ""
        said.append(f"{plain(values['shares_new'])}{name} for {plain(values['shares_old'])}")
    if _known(values, "cash"):
        said.append(f"${plain(values['cash'])} a share")
    if _known(values, "basis_share"):
        said.append(f"{plain(values['basis_share'] * 100)}% of the basis")
    if _known(values, "lieu_price"):
        said.append(f"fractions at ${plain(values['lieu_price'])}")
    for name in ("new_symbol", "new_cusip"):
        if _known(values, name):
            said.append(f"now {values[name]}")
    if values.get("is_taxable"):
        said.append("taxable")
    return ", ".join(said)


def plain(figure: Decimal) -> str:
    """A figure without trailing zeros."""
    return f"{figure.normalize():,f}"
