"""What a household waits for that others do to its securities and lots: corporate actions that are pending, and what custodians
restated without anybody having said what it was. Each as the code of its reason, a sentence, and where it is cured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse

from clients import figures
from clients.corporate_actions import agreeing
from clients.models import Account, ActionAccount, CorporateAction, Restatement, TaxLot
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_actions import REGISTER
from rebalancing.pages.lists.cures import Cure, Cures
from rebalancing.pages.lists.not_bought import Told
from rebalancing.portfolios import pending_actions
from rebalancing.portfolios.market import Market

NAMED_MAX = 3
NEXT = {
    "agree": "Two people agree to its terms before it is applied.",
    "complete": "Its terms are not known whole: complete them, then two people agree.",
    "say": "Say what the custodian's file shows.",
    "wait": "It ends by itself with the custodian's file; until then nothing in the account is traded.",
}
"""What there is to do about an action, by what it waits for."""


@dataclass(slots=True)
class Facts:
    """What households wait for, by their keys; read once for a whole list."""

    actions: dict[int, list[tuple[CorporateAction, Account, ActionAccount | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    restated: dict[int, list[Restatement]] = field(default_factory=lambda: defaultdict(list))


def gathered(households: Sequence[Any], market: Market, *, trade_on: date) -> Facts:
    """The pending actions and unanswered restatements of these households; four queries at most."""
    found = Facts()
    accounts = {one.pk: one for household in households for one in household.open_accounts}
    _restated(found, accounts)
    every = pending_actions.in_window(on=trade_on, figures=market.settings_on(trade_on))
    if every and accounts:
        _acted(found, every, accounts, market, trade_on=trade_on)
    return found


def _restated(found: Facts, accounts: Mapping[int, Account]) -> None:
    rows = Restatement.objects.filter(account__in=accounts, seen_at=None, cause__in=Restatement.ASKS)
    for row in rows.select_related("security", "account").defer("account__number").order_by("found_at", "pk"):
        found.restated[accounts[row.account_id].household_id].append(row)


def _acted(
    found: Facts,
    every: Sequence[CorporateAction],
    accounts: Mapping[int, Account],
    market: Market,
    *,
    trade_on: date,
) -> None:
    securities = {one.security_id for one in every}
    lots = TaxLot.objects.filter(account__in=accounts, security__in=securities, closed_on=None)
    held = set(lots.order_by().values_list("account", "security").distinct())
    held |= {(key, row.security_id) for key, one in accounts.items() for row in one.positions.all()}
    known = {
        (row.action_id, row.account_id): row
        for row in ActionAccount.objects.filter(action__in=every, account__in=accounts)
    }
    keys = securities | {one.new_security_id for one in every if one.new_security_id is not None}
    day = pending_actions.Day(trade_on, market.prices(keys))
    for action in every:
        for key, account in accounts.items():
            row = known.get((action.pk, key))
            if pending_actions.is_pending(action, row, day, is_held=(key, action.security_id) in held):
                found.actions[account.household_id].append((action, account, row))


def of_household(household: Any, cures: Cures, facts: Facts) -> Iterator[Told]:
    """What this household waits for."""
    by_cure: dict[tuple[int, str], list[tuple[CorporateAction, Account, ActionAccount | None]]] = defaultdict(
        list
    )
    for one in facts.actions.get(household.pk, ()):
        by_cure[one[0].pk, _waits_for(one[0], one[2])].append(one)
    for (_, what), rows in by_cure.items():
        action = rows[0][0]
        sentence = f"{_named([account for _, account, _ in rows])}: {pending_actions.sentence(action, None)} {NEXT[what]}"
        yield "corporate_action", sentence, _cure(action, what, household, cures)
    if restated := facts.restated.get(household.pk):
        first = restated[0]
        counted = figures.counted(len(restated), "restatement")
        sentence = (
            f"{counted} of custodians {'waits' if len(restated) == 1 else 'wait'} for somebody to say what "
            f"{'it was' if len(restated) == 1 else 'they were'}, first {first}."
        )
        cure = cures.at(
            "rebalancing:restatement_see", "Say what it was", household=household, public_id=first.public_id
        )
        yield "restated", sentence, cure


def _waits_for(action: CorporateAction, row: ActionAccount | None) -> str:
    if row is not None and row.state == ActionAccount.State.UNCLEAR:
        return "say"
    if agreeing.is_agreed(action):
        return "wait"
    return "complete" if terms.missing(REGISTER.values_of(action)) else "agree"


def _cure(action: CorporateAction, what: str, household: Any, cures: Cures) -> Cure:
    doors = {
        "agree": ("clients:corporate_action_agree", "Agree to it"),
        "complete": ("clients:corporate_action_change", "Complete its terms"),
        "say": ("clients:corporate_action_say", "Say what it shows"),
    }
    if what not in doors:
        return Cure(reverse("clients:corporate_action", args=[action.public_id]), "Look at the action")
    name, label = doors[what]
    return cures.at(name, label, household=household, public_id=action.public_id)


def _named(accounts: Collection[Account]) -> str:
    names = [str(one) for one in accounts]
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
