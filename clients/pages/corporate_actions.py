"""Corporate actions as they are shown: the list, and one with what it does to every lot it reaches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access, access_registers, figures
from clients.corporate_actions import agreeing, previews
from clients.corporate_actions.effects import Effect, Holding
from clients.corporate_actions.previews import Reached
from clients.models import ActionAccount, ActionLot, CorporateAction
from clients.pages.facts import FactPage
from clients.pages.lists import registers as register_lists
from clients.pages.lists.record_list import State
from clients.pages.registers import of_security, register_pages
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_actions import REGISTER

ROWS_SHOWN, ROWS_MAX = 50, 1000
"""Rows of each table at first, and once all are asked for."""
TONES = {
    ActionAccount.State.APPLIED: "order",
    ActionAccount.State.SHOWN: "closed",
    ActionAccount.State.UNCLEAR: "attention",
}
UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot before and after, in words and figures."""

    account: str
    account_url: str
    household: str
    lot: str
    lot_url: str
    shares_before: str
    shares_after: str
    basis_before: str
    basis_after: str
    acquired: str
    cash: str
    gain: str


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account, and whether its record shows the action."""

    account: str
    account_url: str
    household: str
    state: str
    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """An entry on a lot: what was written on it, or the reversal of that."""

    account: str
    account_url: str
    lot: str
    lot_url: str
    shares: str
    basis: str
    received: str
    gain: str
    what: str


@dataclass(frozen=True, slots=True)
class ActionPage(FactPage):
    """A corporate action with what it does to the lots that this person may see."""

    lots: tuple[LotLine, ...] = ()
    lots_sentence: str = ""
    lots_caption: str = ""
    new_symbol: str = ""
    accounts: tuple[AccountLine, ...] = ()
    accounts_sentence: str = ""
    written: tuple[WrittenLine, ...] = ()
    written_sentence: str = ""
    has_more: bool = False


def standing(row: Any) -> tuple[str, str]:
    """Where an action stands, and its tone."""
    if row.ended_at is not None:
        return register_lists.state_of(row) if row.end_reason == "Changed" else ("Withdrawn", "plain")
    if getattr(row, "any_unclear", False):
        return "To be looked at", "attention"
    if not agreeing.is_agreed(row):
        return "Announced", "action"
    if getattr(row, "any_applied", False):
        return "Applied", "order"
    if getattr(row, "any_shown", False) and not row.any_waiting:
        return "Shown by custodians", "closed"
    return "Agreed", "order"


def told(row: Any) -> str:
    """The terms of an action in words."""
    return terms.told(REGISTER.values_of(row))


ACTIONS = register_pages(
    REGISTER,
    name="corporate-actions",
    title="Corporate actions",
    one="corporate action",
    lead=(
        "Splits, mergers, spin-offs and what else issuers do to their securities. One that two people agreed to is applied "
        "to the lots on record on its day, until a custodian’s file shows it."
    ),
    mine=access_registers.corporate_actions_for,
    columns=(
        ("Effective day", lambda row: figures.day(row.effective_on)),
        ("What happens", lambda row: str(row.get_kind_display())),
        ("Terms", told),
        ("Source", lambda row: str(row.source)),
    ),
    told=(
        ("Security", lambda row: f"{row.security.symbol} {row.security.name}"),
        ("What happens", lambda row: str(row.get_kind_display())),
        ("Effective day", lambda row: figures.day(row.effective_on)),
        ("Terms", told),
        (
            "New security",
            lambda row: f"{row.new_security.symbol} {row.new_security.name}" if row.new_security else "",
        ),
        ("Value of a new share", lambda row: "" if row.value is None else f"${terms.plain(row.value)}"),
        ("Source", lambda row: str(row.source)),
        ("Where the document is kept", lambda row: str(row.document)),
        ("Told by a file", lambda row: str(row.source_file) if row.source_file else ""),
        (
            "Agreed to by",
            lambda row: (
                f"{row.agreement.asked_by.get_full_name()} and {row.agreement.agreed_by.get_full_name()}: "
                f"{row.agreement.evidence}"
                if agreeing.is_agreed(row)
                else ""
            ),
        ),
        ("Not yet known", lambda row: "" if row.ended_at else (terms.missing(REGISTER.values_of(row)) or "")),
    ),
    place=of_security,
    place_label="Security",
    orderings={"what": ("-effective_on", "pk"), "place": ("security__symbol", "-effective_on", "pk")},
    usual="what",
    searched=("security__symbol", "security__name", "source"),
    states=(
        State("in_force", "On record", lambda _: Q(ended_at=None)),
        State("announced", "To be agreed to", lambda _: Q(ended_at=None, agreement=None)),
        State("coming", "Still to come", lambda on: Q(ended_at=None, effective_on__gt=on)),
    ),
    empty_body="Announce one when an issuer or a custodian does; a second person agrees to its terms.",
    adding=("clients:corporate_action_enter",),
    more=(
        "clients:corporate_action_agree",
        "clients:corporate_action_say",
        "clients:corporate_action_take_back",
    ),
    standing=standing,
)


def show(user: Any, row: CorporateAction, *, is_whole: bool = False) -> ActionPage:
    """An action with its history and the lots it reaches: the first rows of each table, or, `is_whole`, all of them."""
    most = ROWS_MAX if is_whole else ROWS_SHOWN
    fact = ACTIONS.one(user, row)
    here = list(access_registers.actions_in_accounts_for(user).filter(action=row))
    here.sort(key=lambda one: one.state != ActionAccount.State.UNCLEAR)
    # Lots on which it is written, or that a file shows after it, are not what it would be applied to.
    over = [
        one.account_id
        for one in here
        if one.state in (ActionAccount.State.APPLIED, ActionAccount.State.SHOWN)
    ]
    open_lots = access.lots_of_the_desk(user).exclude(account__in=over)
    reached = previews.reached(row, open_lots) if row.ended_at is None else ()
    entries = _entries(here)
    written = entries.count()
    return ActionPage(
        **{one.name: getattr(fact, one.name) for one in fields(FactPage)},
        lots=tuple(_line(one) for one in reached[:most]),
        lots_sentence=_sentence(row, reached, is_over=bool(over)) + _first(len(reached), most),
        lots_caption="What it would do to the lots on record",
        new_symbol=row.new_security.symbol if row.new_security else "",
        accounts=tuple(_account_line(one) for one in here[:most]),
        accounts_sentence=_in_accounts(here) + _first(len(here), most),
        written=tuple(_written(one) for one in entries[:most]),
        written_sentence=f"{written:,} {'entry' if written == 1 else 'entries'}." + _first(written, most),
        has_more=not is_whole and max(len(reached), len(here), written) > most,
    )


def _first(rows: int, most: int) -> str:
    return f" The first {most:,} are listed." if rows > most else ""


def _account_line(one: ActionAccount) -> AccountLine:
    return AccountLine(
        account=one.account.name,
        account_url=reverse("clients:account", args=[one.account.public_id]),
        household=one.account.household.name,
        state=str(one.get_state_display()),
        tone=TONES.get(ActionAccount.State(one.state), "plain"),
        sentence=one.sentence,
    )


def _in_accounts(rows: list[ActionAccount]) -> str:
    counts = Counter(ActionAccount.State(one.state) for one in rows)
    said = [f"{counts[state]} {state.label.lower()}" for state in ActionAccount.State if counts[state]]
    return ", ".join(said) + "." if said else ""


def _entries(here: list[ActionAccount]) -> QuerySet[ActionLot]:
    rows = ActionLot.objects.filter(applied__in=here).select_related(
        "lot", "received__security", "applied__account"
    )
    return rows.order_by("applied", "pk")


def _written(one: ActionLot) -> WrittenLine:
    received = ""
    if one.received and one.received_shares:
        received = f"{_signed(one.received_shares)} {one.received.security.symbol}"
    return WrittenLine(
        account=one.applied.account.name,
        account_url=reverse("clients:account", args=[one.applied.account.public_id]),
        lot=figures.day(one.lot.acquired_on) if one.lot.acquired_on else "Unknown day",
        lot_url=reverse("clients:lot", args=[one.lot.public_id]),
        shares=_signed(one.shares),
        basis=UNKNOWN if one.basis is None else figures.money(one.basis, signed=True) if one.basis else "–",
        received=received or "–",
        gain=UNKNOWN if one.gain is None else figures.money(one.gain, signed=True) if one.gain else "–",
        what="Reversed" if one.is_reversal else "Applied",
    )


def _signed(shares: Decimal) -> str:
    if not shares:
        return "–"
    return f"{'+' if shares > 0 else figures.MINUS}{terms.plain(abs(shares))}"


def _sentence(row: CorporateAction, reached: tuple[Reached, ...], *, is_over: bool) -> str:
    if not reached:
        return (
            "Nothing is left to do in the accounts that you can see."
            if is_over
            else "No lot that you can see is reached."
        )
    sums = previews.totals(reached)
    accounts = f"{sums.accounts} account{'' if sums.accounts == 1 else 's'}"
    said = [f"{sums.lots} lot{'' if sums.lots == 1 else 's'} in {accounts}"]
    said.append(f"{terms.plain(sums.shares)} {row.security.symbol} before, {terms.plain(sums.kept)} after")
    if row.new_security:
        said.append(f"{terms.plain(sums.received)} {row.new_security.symbol} received")
    if sums.cash:
        said.append(f"{figures.money(sums.cash)} in cash")
    said.append(_recognized(sums.gain))
    return "; ".join(said) + "."


def _recognized(gain: Decimal | None) -> str:
    if gain is None:
        return "a gain that is not known is recognized now"
    if not gain:
        return "no gain is recognized now"
    return f"a {'gain' if gain > 0 else 'loss'} of {figures.money(abs(gain))} is recognized now"


def _line(one: Reached) -> LotLine:
    effect, lot = one.effect, one.lot
    return LotLine(
        account=one.account.name,
        account_url=reverse("clients:account", args=[one.account.public_id]),
        household=one.account.household.name,
        lot=figures.day(lot.acquired_on) if lot.acquired_on else "Unknown day",
        lot_url=reverse("clients:lot", args=[lot.public_id]),
        shares_before=terms.plain(lot.quantity),
        shares_after=_both(effect, lambda holding: terms.plain(holding.shares), "0"),
        basis_before=_money(lot.basis),
        basis_after=_both(effect, lambda holding: _money(holding.basis), "–"),
        acquired=_acquired(effect),
        cash=figures.money(effect.cash) if effect.cash else "–",
        gain=_gain(effect),
    )


def _both(effect: Effect, text: Any, nothing: str) -> str:
    """What is kept, and what is received beside it."""
    found = [text(one) for one in (effect.kept, effect.received) if one is not None]
    return " + ".join(found) or nothing


def _acquired(effect: Effect) -> str:
    after: Holding | None = effect.received or effect.kept
    if after is None:
        return "Gone"
    if after.acquired_on is None:
        return "Unknown"
    same = after.acquired_on == effect.lot.acquired_on
    return "Carried over" if same else f"Begins {figures.day(after.acquired_on)}"


def _gain(effect: Effect) -> str:
    if effect.gain is None:
        return UNKNOWN
    if effect.income:
        return f"{figures.money(effect.income)} income"
    if not effect.gain:
        return "–"
    return figures.money(effect.gain, signed=True) + (f", {effect.term}-term" if effect.term else "")


def _money(value: Decimal | None) -> str:
    return UNKNOWN if value is None else figures.money(value)
