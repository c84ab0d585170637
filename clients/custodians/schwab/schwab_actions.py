"""The meaning of Schwab's Action column, and the sign of the row's quantity."""

from __future__ import annotations

from decimal import Decimal

from clients.custodians.kinds import TransactionKind as Kind

# The kind of each action and the sign of its quantity: 1 in, -1 out, 0 as printed.
_ACTIONS: dict[str, tuple[Kind, int]] = {
    "buy": (Kind.BUY, 1),
    "sell": (Kind.SELL, -1),
    "sell short": (Kind.OTHER, -1),
    "buy to open": (Kind.OPTION, 1),
    "buy to close": (Kind.OPTION, 1),
    "sell to open": (Kind.OPTION, -1),
    "sell to close": (Kind.OPTION, -1),
    "expired": (Kind.OPTION, 0),
    "assigned": (Kind.OPTION, 0),
    "exchange or exercise": (Kind.OPTION, 0),
    "reinvest shares": (Kind.REINVESTMENT, 1),
    "reinvest dividend": (Kind.DIVIDEND, 0),
    "qual div reinvest": (Kind.DIVIDEND, 0),
    "cash dividend": (Kind.DIVIDEND, 0),
    "qualified dividend": (Kind.DIVIDEND, 0),
    "non-qualified div": (Kind.DIVIDEND, 0),
    "special dividend": (Kind.DIVIDEND, 0),
    "special qual div": (Kind.DIVIDEND, 0),
    "special non qual div": (Kind.DIVIDEND, 0),
    "pr yr cash div": (Kind.DIVIDEND, 0),
    "pr yr div reinvest": (Kind.DIVIDEND, 0),
    "pr yr special div": (Kind.DIVIDEND, 0),
    "pr yr non-qual div": (Kind.DIVIDEND, 0),
    "pr yr qual div": (Kind.DIVIDEND, 0),
    "long term cap gain reinvest": (Kind.GAIN_LONG, 0),
    "long term cap gain": (Kind.GAIN_LONG, 0),
    "short term cap gain reinvest": (Kind.GAIN_SHORT, 0),
    "short term cap gain": (Kind.GAIN_SHORT, 0),
    "bank interest": (Kind.INTEREST, 0),
    "bond interest": (Kind.INTEREST, 0),
    "cd interest": (Kind.INTEREST, 0),
    "credit interest": (Kind.INTEREST, 0),
    "margin interest": (Kind.MARGIN_INTEREST, 0),
    "service fee": (Kind.FEE, 0),
    "adr mgmt fee": (Kind.FEE, 0),
    "advisor fee": (Kind.FEE, 0),
    "foreign tax paid": (Kind.TAX_WITHHELD, 0),
    "nra tax adj": (Kind.TAX_WITHHELD, 0),
    "journal": (Kind.JOURNAL, 0),
    "journaled shares": (Kind.JOURNAL, 0),
    "internal transfer": (Kind.JOURNAL, 0),
    "stock split": (Kind.SPLIT, 0),
    "reverse split": (Kind.SPLIT, 0),
    "stock div dist": (Kind.SPLIT, 0),
    "stock dividend": (Kind.SPLIT, 0),
    "spin-off": (Kind.SPIN_OFF, 0),
    "name change": (Kind.RENAME, 0),
    "symbol change": (Kind.RENAME, 0),
    "cusip change": (Kind.RENAME, 0),
    "cash merger": (Kind.CASH_MERGER, 0),
    "cash merger adj": (Kind.CASH_MERGER, 0),
    "stock merger": (Kind.MERGER, 0),
    "cash in lieu": (Kind.CASH_IN_LIEU, 0),
    "full redemption": (Kind.REDEMPTION, 0),
    "full redemption adj": (Kind.REDEMPTION, 0),
    "partial redemption": (Kind.REDEMPTION, 0),
    "partial redemption adj": (Kind.REDEMPTION, 0),
    "cash liquidation": (Kind.LIQUIDATION, 0),
    "liquidating distribution": (Kind.LIQUIDATION, 0),
    "return of capital": (Kind.RETURN_OF_CAPITAL, 0),
}
# The sign of the amount shows the direction of these.
_MONEY = frozenset(
    {
        "moneylink transfer",
        "moneylink deposit",
        "wire funds",
        "wire sent",
        "wire received",
        "wire funds received",
        "funds received",
        "funds paid",
    }
)
# The sign of the shares, or of the cash with them, shows the direction of these.
_SHARES = frozenset({"security transfer"})


def kind_of(action: str, quantity: Decimal | None, amount: Decimal | None) -> tuple[Kind | None, int]:
    """What a folded action is and the sign of its quantity; no kind for an unknown one."""
    if action in _MONEY and amount is not None:
        return (Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL), 0
    if action in _SHARES and (moved := quantity or amount):
        return (Kind.TRANSFER_IN if moved > 0 else Kind.TRANSFER_OUT), 0
    return _ACTIONS.get(action, (None, 0))
