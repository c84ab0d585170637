"""Display names of accounts, securities, classes and limits; sentences never show a document id unless there is no name."""

from __future__ import annotations

from rebalancing.engine.documents.household import CapKind, Lot
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.engine.documents.plan import Limit
from rebalancing.engine.documents.serializing import decimal_text
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.wording import capitalized, percent

NAMES_MAX = 3


def class_name(situation: Situation, asset_class: str) -> str:
    """The display name of the class."""
    policy = situation.household.policy
    row = next((row for row in (*policy.classes, *policy.sleeve_targets) if row.id == asset_class), None)
    return (row.name or row.id) if row else asset_class


def security_name(situation: Situation, security: str) -> str:
    return situation.securities[security].symbol or security


def account_name(situation: Situation, account: str) -> str:
    return situation.accounts[account].name or account


def unit_name(situation: Situation, unit: str) -> str:
    return situation.tax_units[unit].name or unit


def group_name(situation: Situation, group: str) -> str:
    """The securities that the wash-sale rule takes for one, by their symbols."""
    symbols = sorted(
        security_name(situation, s.id) for s in situation.household.securities if s.group == group
    )
    if len(symbols) > NAMES_MAX:
        return f"{', '.join(symbols[:NAMES_MAX])} and {len(symbols) - NAMES_MAX} more like them"
    return listing(symbols)


def listing(words: list[str]) -> str:
    """``a, b and c``, in the order given; empty for no words."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def lot_name(situation: Situation, lot: Lot) -> str:
    """A lot as a custodian's statement shows it: shares, symbol, account and the day it was bought."""
    bought = f" bought on {lot.acquired:%B} {lot.acquired.day}, {lot.acquired.year}" if lot.acquired else ""
    name = security_name(situation, lot.security)
    return f"{decimal_text(lot.quantity)} {name}{bought} in {account_name(situation, lot.account)}"


def edit_name(situation: Situation, edit: Edit) -> str:
    """An advisor's edit in words: "the sale of 100 USTM in Brokerage"."""
    if edit.kind is EditKind.SELL_LOT and edit.lot is not None:
        shares = "" if edit.shares is None else f"{decimal_text(edit.shares)} shares of "
        return f"the sale of {shares}the lot of {lot_name(situation, situation.lots[edit.lot])}"
    what = "the purchase" if edit.kind is EditKind.BUY else "the sale"
    shares = "" if edit.shares is None else f"{decimal_text(edit.shares)} "
    security = security_name(situation, edit.security) if edit.security else "everything"
    return f"{what} of {shares}{security} in {account_name(situation, edit.account)}"


def cap_name(situation: Situation, kind: CapKind, subject: str) -> str:
    """What a cap limits."""
    if kind is CapKind.SECURITY:
        return security_name(situation, subject) if subject in situation.securities else subject
    if kind is CapKind.CLASSES:
        return subject
    return f"securities of {subject}" if kind is CapKind.ISSUER else f"the sector {subject}"


def rule_name(situation: Situation, rule: str, subject: str) -> str:
    """The display name of a limit: "the gain budget of The Odums", "the limit of 10.0% on VXUS"."""
    for cap in situation.household.rules.caps:
        if (rule, subject) == (cap.rule, cap.id):
            return f"the limit of {percent(cap.weight_max)} on {cap_name(situation, cap.kind, cap.id)}"
    if rule == Limit.GAIN_BUDGET:
        return f"the gain budget of {unit_name(situation, subject) if subject else 'the household'}"
    plain = {
        Limit.TURNOVER: "the turnover limit",
        Limit.DRIFT: "the drift limit",
        Limit.NET_GAIN: "the limit on net gains",
        Limit.TAX: "the limit on tax",
    }
    return plain[Limit(rule)] if rule in plain else f"the rule “{rule}”"


def sentence(text: str) -> str:
    """``text`` with a capital first letter and a period."""
    return f"{capitalized(text)}."
