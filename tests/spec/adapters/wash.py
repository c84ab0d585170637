"""Wash sales and their planner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rebalancing.engine.money import ZERO
from rebalancing.engine.tax import wash_sales
from rebalancing.engine.tax.wash_sales import Acquisition, Effect, Owner, Piece, Sale
from tests.spec.adapters.reading import day, number

Json = dict[str, Any]

# Other names for owners that the rule treats alike.
OWNERS = {
    "roth": Owner.ROTH_IRA,
    "spouse_roth": Owner.SPOUSE_ROTH_IRA,
    "401k": Owner.PLAN,
    "sep_ira": Owner.PLAN,
    "simple_ira": Owner.PLAN,
    "grantor_trust": Owner.SELF_TAXABLE,
    "spouse": Owner.SPOUSE_TAXABLE,
}


def wash_sale(inputs: Json) -> Json:
    if "loss_sale_trade_date" in inputs:
        return repurchase_planner(inputs)
    if "purchase_trade_date" in inputs:
        safe = wash_sales.first_safe_loss_sale_day(day(inputs["purchase_trade_date"]))
        return {"first_safe_loss_sale_date": safe.isoformat()}
    settings = wash_sales.Settings(earlier_lots_replace=inputs.get("earlier_lots_replace", True))
    ledger = wash_sales.process(
        [read_acquisition(entry) for entry in inputs["acquisitions"]],
        [read_sale(entry) for entry in inputs["sales"]],
        settings,
    )
    first, last = wash_sales.window(day(inputs["sales"][0]["date"]))
    return {
        "sales": [described(outcome) for outcome in ledger.outcomes],
        "remaining_lots": {
            lot.id: [
                {
                    "shares": piece.shares,
                    "basis_total": piece.basis,
                    "holding_acquisition_date": piece.held_since.isoformat(),
                }
                for piece in joined(lot.pieces)
            ]
            for lot in ledger.open_lots
        },
        "window_start": first.isoformat(),
        "window_end": last.isoformat(),
    }


def repurchase_planner(inputs: Json) -> Json:
    sold_on = day(inputs["loss_sale_trade_date"])
    return {
        "last_blocked_date": wash_sales.last_blocked_day(sold_on).isoformat(),
        "first_safe_purchase_date": wash_sales.first_safe_purchase_day(sold_on).isoformat(),
    }


def read_acquisition(entry: Json) -> Acquisition:
    kind, owner = entry.get("kind", "purchase"), entry.get("owner", "self_taxable")
    return Acquisition(
        id=entry["id"],
        on=day(entry["date"]),
        shares=number(entry["shares"]),
        cost=number(entry["cost"]),
        owner=OWNERS.get(owner) or Owner(owner),
        wash_group=entry.get("wash_group", entry.get("security", "")),
        is_purchase=kind not in ("gift", "inheritance", "inherited", "exchange"),
    )


def read_sale(entry: Json) -> Sale:
    return Sale(
        entry["id"], day(entry["date"]), entry["lot"], number(entry["shares"]), number(entry["proceeds"])
    )


def described(outcome: wash_sales.Outcome) -> Json:
    return {
        "sale": outcome.sale,
        "lot": outcome.lot,
        "shares": outcome.shares,
        "realized_gain_loss": outcome.realized,
        "disallowed_loss": outcome.disallowed,
        "permanently_lost": sum((m.disallowed for m in outcome.matches if m.effect is Effect.LOST), ZERO),
        "recognized_gain_loss": outcome.recognized,
        "term": outcome.term.value,
        "matches": [
            {
                "replacement": match.replacement,
                "shares": match.shares,
                "disallowed_loss": match.disallowed,
                "adjusted_acquisition_date": match.adjusted_on.isoformat() if match.adjusted_on else None,
            }
            for match in outcome.matches
        ],
    }


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbors that differ only in having been used as replacements are shown as one."""
    shown: list[Piece] = []
    for piece in pieces:
        last = shown[-1] if shown else None
        if (
            last
            and last.held_since == piece.held_since
            and last.basis * piece.shares == piece.basis * last.shares
        ):
            shown[-1] = Piece(last.shares + piece.shares, last.basis + piece.basis, piece.held_since)
        else:
            shown.append(piece)
    return shown


ADAPTERS: dict[str, Callable[[Json], Json]] = {"wash_sale": wash_sale}
