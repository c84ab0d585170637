"""What a household itself lacks: a policy, accounts, people, a tax profile, files, agreements. Each as the code of its reason, a
sentence, and where it is cured.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.urls import reverse

from clients import figures
from clients.models import Account, BookEntry, Policy
from compliance.people.roles import Role
from rebalancing.pages.lists.cures import Cure, Cures
from rebalancing.pages.lists.not_bought import Told
from rebalancing.portfolios import portfolios


def policy_now(household: Any, *, on: date) -> Policy | None:
    """The policy in force, among the versions that were fetched with the household."""
    adopted = (one for one in household.policies_now if one.state == Policy.State.ADOPTED)
    return next((one for one in adopted if one.effective_on and one.effective_on <= on), None)


_UNDER_WAY = {
    Policy.State.DRAFT: ("Its policy is a draft.", "Finish the draft"),
    Policy.State.REVIEW: ("Its policy waits for a reviewer.", "Open the policy"),
    Policy.State.APPROVED: ("Its policy is approved and waits for signatures or its day.", "Open the policy"),
    Policy.State.ADOPTED: ("Its policy takes effect on a later day.", "Open the policy"),
}
"""What stands between a household without a policy in force and one, by the state of its newest version."""


def of_household(household: Any, cures: Cures, *, trade_on: date) -> Iterator[Told]:
    where = {"household": household, "public_id": household.public_id}
    if policy_now(household, on=trade_on) is None:
        draft = next(iter(household.policies_now), None)
        if draft is None:
            cure = cures.at("clients:policy_begin", "Begin one", **where)
            yield ("no_policy", "It has no investment policy.", cure)
        else:
            sentence, link = _UNDER_WAY[Policy.State(draft.state)]
            cure = Cure(reverse("clients:policy", args=[draft.public_id]), link)
            yield ("no_policy", sentence, cure)
    if not household.open_accounts:
        yield ("no_account", "It has no open account.", cures.at("clients:account_open", "Open one", **where))
    parts = {one.part for one in household.book_now}
    for part, code, sentence in (
        (BookEntry.Part.ADVISOR, "no_advisor", "Nobody advises it."),
        (BookEntry.Part.REVIEWER, "no_reviewer", "Nobody reviews it."),
    ):
        if part not in parts:
            label = f"Assign {'an' if part == BookEntry.Part.ADVISOR else 'a'} {part.label.lower()}"
            cure = cures.at("clients:book_assign", label, given={"part": part.value}, **where)
            yield (code, sentence, cure)
    for event in household.open_events:
        sentence = f"{event.get_kind_display()} of {figures.day(event.opened_on)} is open until the policy is renewed."
        cure = cures.at(
            "clients:life_event_resolve", "Resolve it", household=household, public_id=event.public_id
        )
        yield ("life_event", sentence, cure)


def of_taxes(household: Any, cures: Cures, *, trade_on: date) -> Iterator[Told]:
    used = {one.tax_unit_id for one in household.open_accounts if one.tax_unit_id}
    for unit in household.tax_units.all():
        if unit.pk not in used:
            continue
        confirmed = unit.this_year and unit.this_year[0].confirmed_on is not None
        if confirmed:
            continue
        cure = cures.at(
            "rebalancing:tax_profile_confirm",
            "Confirm the year's figures",
            household=household,
            public_id=unit.public_id,
            year=trade_on.year,
        )
        if not unit.this_year:
            yield ("no_profile", f"{unit.name} has no tax profile for {trade_on.year}.", cure)
        else:
            sentence = f"The {trade_on.year} tax profile of {unit.name} is not confirmed."
            yield ("unconfirmed_profile", sentence, cure)


def of_accounts(household: Any, cures: Cures, *, trade_on: date) -> Iterator[Told]:
    holds = household.holds.all()
    for account in household.open_accounts:
        is_empty = getattr(account, "cash", None) is None and not account.positions.all()
        if is_empty:
            cure = cures.on(
                "clients:import_upload", "Load its file", roles=(Role.TRADER,), household=household
            )
            yield ("no_file", f"No custodian file has brought {account}.", cure)
        if not account.agreement_in_force(on=trade_on):
            sentence = f"No advisory agreement is in force for {account}."
            cure = cures.at(
                "clients:account_correct",
                "Record the agreement",
                household=household,
                public_id=account.public_id,
            )
            yield ("no_agreement", sentence, cure)
        why = portfolios.refusal_to_trade(account, holds=holds, on=trade_on)
        if why and not is_empty and account.agreement_in_force(on=trade_on):
            hold = next((one for one in holds if _holds_back(one, account, on=trade_on)), None)
            cure = (
                Cure(reverse("clients:hold", args=[hold.public_id]), "Look at the hold")
                if hold is not None
                else cures.account(account, "Look at the account")
            )
            yield ("not_tradable", f"{account}: {why}", cure)


def _holds_back(hold: Any, account: Account, *, on: date) -> bool:
    return (
        hold.security_id is None and hold.account_id in {None, account.pk} and bool(hold.is_in_force(on=on))
    )
