"""What a workbook would do to one household: the steps in order, each as a sentence, or the faults that refuse it.

The comparison reads and never writes. `steps` makes what is planned here, through the verbs of the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from clients.households import tax_profiles, tax_units
from clients.households.accounts import TAX_TREATMENT
from clients.models import Account, BookEntry, CashFlow, Person
from clients.workbooks import (
    distribution_plans,
    policy_plans,
    restriction_plans,
    standing_plans,
    tax_fact_plans,
)
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.layout import (
    ACCOUNTS,
    BOOKS,
    CASH_FLOWS,
    HOUSEHOLDS,
    LIFE_EVENTS,
    PEOPLE,
    TAX_PROFILES,
    TAX_UNITS,
)
from clients.workbooks.plans import (
    HouseholdPlan,
    Step,
    account_named,
    cure,
    differences,
    reference_of,
    whose,
)
from clients.workbooks.reading import Line
from clients.workbooks.records import Key, OnRecord, Values
from clients.workbooks.standing_layout import HOLDS, RECURRING_CASH
from compliance.people.roles import Role
from compliance.refusals import BadInput

ROLE_OF_PART = {BookEntry.Part.ADVISOR: Role.ADVISOR, BookEntry.Part.REVIEWER: Role.REVIEWER}
TRUST = "trust"
TAXED_BY_ITSELF = frozenset({"irrevocable_trust", "corporation", "partnership"})
ZEROS = {name: Decimal(0) for name in ("rate_investment", "state_rate")}
FLAT = ("rate_short", "rate_long", "rate_investment")


def plan(
    code: str, record: OnRecord | None, lines: Mapping[str, list[Line]], *, firm: FirmFacts, on: date
) -> HouseholdPlan:
    """Compare a household's rows with the record."""
    made = HouseholdPlan(code, record, lines, on)
    _refuse_closed(made)
    _household(made)
    for line in made.of(PEOPLE):
        _person(made, line)
    for line in made.of(TAX_UNITS):
        made.refuse_stranger(line, "members", line.values.get("members") or ())  # type: ignore[arg-type]
        _status(made, line, line.text("tax_unit"), line.text("filing_status"))
        _compared(made, line, line.key, f"tax unit {line.text('tax_unit')}")
    for line in made.of(TAX_PROFILES):
        _profile(made, line)
    for line in made.of(BOOKS):
        _book(made, line, firm)
    for line in made.of(ACCOUNTS):
        _account(made, line, firm)
    if not made.faults:
        made.policy = policy_plans.plan(made, firm)
        if made.policy is not None:
            made.steps.append(made.policy.step)
    restriction_plans.plan(made, firm)
    for line in made.of(CASH_FLOWS):
        _cash_flow(made, line, firm)
    for line in made.of(RECURRING_CASH):
        standing_plans.recurring(made, line, firm)
    for line in made.of(HOLDS):
        standing_plans.hold(made, line, firm)
    for line in made.of(LIFE_EVENTS):
        made.refuse_stranger(line, "person", [line.text("person")] if line.text("person") else [])
        if line.key not in made.on_record(LIFE_EVENTS):
            _new(made, line, f"life event {line.text('event').replace('_', ' ')}")
    distribution_plans.plan(made, firm)
    tax_fact_plans.plan(made, firm)
    return made


def _refuse_closed(made: HouseholdPlan) -> None:
    """A household that is closed takes no rows; one that was merged names the household it is part of."""
    household = made.record.household if made.record else None
    line = next((one for rows in made.lines.values() for one in rows), None)
    if household is None or household.closed_on is None or line is None:
        return
    if household.merged_into is not None:
        into = household.merged_into
        rule, cure = (
            f"The household was merged into {into} ({into.code}).",
            f"Write {into.code} as its household.",
        )
    else:
        rule, cure = "The household is closed.", "Reopen it first, or take its rows out."
    made.refuse(line, "household", rule, cure)


def _household(made: HouseholdPlan) -> None:
    for line in made.of(HOUSEHOLDS):
        _not_in_future(made, line, "opened_on", "profile_confirmed_on")
        _compared(made, line, line.key, "the household")


def _person(made: HouseholdPlan, line: Line) -> None:
    name = f"{line.text('given_name')} {line.text('family_name')}".strip()
    if line.text("kind") in (Person.Kind.TRUST, Person.Kind.ENTITY):
        for column, rule in (("given_name", "has no first name"), ("spouse", "is not married")):
            if line.text(column):
                made.refuse(
                    line,
                    column,
                    f"A trust or an entity {rule}.",
                    "Write its whole name as family_name and leave this empty, or write person as kind.",
                )
    elif line.text("parties"):
        made.refuse(
            line, "parties", "Only a trust or an entity has parties.", "Leave it empty, or correct the kind."
        )
    if not line.text("given_name") and line.text("kind") in ("", "person"):
        made.refuse(
            line, "given_name", "A person has a first name.", "Write it, or write trust or entity as kind."
        )
    _not_in_future(made, line, "born_on")
    if spouse := line.text("spouse"):
        made.refuse_stranger(line, "spouse", [spouse])
        if spouse == name:
            made.refuse(line, "spouse", "Nobody is their own spouse.", "Write the other person's name.")
    _compared(made, line, line.key, name)


def _profile(made: HouseholdPlan, line: Line) -> None:
    units = {one.text("tax_unit") for one in made.of(TAX_UNITS)} | set(
        made.record.units if made.record else ()
    )
    if line.text("tax_unit") not in units:
        made.refuse(
            line,
            "tax_unit",
            "The household has no such tax unit.",
            cure(line.text("tax_unit"), units, "Add it to sheet tax_units, or correct the code."),
        )
    _not_in_future(made, line, "confirmed_on")
    _figures(made, line)
    _status(made, line, line.text("tax_unit"), line.text("filing_status"))
    _compared(made, line, line.key, f"the {line.text('tax_year')} tax profile of {line.text('tax_unit')}")


def _figures(made: HouseholdPlan, line: Line) -> None:
    """Refuse figures that no return can have, with what is on record where a cell says nothing."""
    before = made.on_record(TAX_PROFILES).get(line.key, {})
    merged = {name: _merged(line, before, name) for name in tax_profiles.FIGURES}
    is_flat = merged["rate_short"] is not None or merged["rate_long"] is not None
    if not is_flat and merged["wages"] is None:
        made.refuse(
            line,
            "wages",
            "The profile has neither an income nor flat rates.",
            "Write the wages, 0 for none, or rate_short and rate_long.",
        )
        return
    income = next((name for name in tax_profiles.INCOME if merged[name]), "")
    if is_flat and income:
        made.refuse(
            line,
            income,
            "With flat rates the income is not used.",
            "Write 0 here, or, to compute with the income again, clear the rates on the profile's page.",
        )
        return
    figures = {name: merged[name] if merged[name] is not None else ZEROS.get(name) for name in merged}
    try:
        tax_profiles.refuse_impossible({**figures, "state": figures["state"] or ""})
    except BadInput as refused:
        column = next((name for name in FLAT if line.values.get(name) is not None), "rate_short")
        made.refuse(line, column, refused.sentence, refused.how_to_fix)


def _status(made: HouseholdPlan, line: Line, unit: str, status: str) -> None:
    """Refuse a filing status that the members of a tax unit cannot have."""
    if not status:
        return
    known = made.record.units.get(unit) if made.record else None
    members = [str(one) for one in known.members.all()] if known is not None else []
    for one in made.of(TAX_UNITS):
        if one.text("tax_unit") == unit and one.values.get("members"):
            members = [str(name) for name in one.values["members"]]  # type: ignore[union-attr]
    try:
        tax_units.refuse_status_of([made.kind_of(name) == Person.Kind.PERSON for name in members], status)
    except BadInput as refused:
        made.refuse(line, "filing_status", refused.sentence, refused.how_to_fix)


def _merged(line: Line, before: Values, name: str) -> Any:
    given = line.values.get(name)
    return before.get(name) if given is None else given


def _granted(colleague: Any) -> set[str]:
    """The roles of a colleague, who may not have taken up the invitation yet."""
    return {grant.role for grant in colleague.role_grants.all() if grant.revoked_at is None}


def _book(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    colleague, part = firm.people.get(line.text("colleague")), line.text("part")
    if colleague is None:
        made.refuse(
            line,
            "colleague",
            "Nobody of the firm signs in with this address.",
            cure(line.text("colleague"), firm.people, "Invite the colleague first, or correct the address."),
        )
    elif part and ROLE_OF_PART[BookEntry.Part(part)] not in _granted(colleague):
        role = ROLE_OF_PART[BookEntry.Part(part)].label.lower()
        made.refuse(line, "part", f"This colleague is no {role}.", f"Grant the role {role} first.")
    if line.key not in made.on_record(BOOKS):
        _new(made, line, f"{line.text('colleague')} as {part}")


def _account(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    made.refuse_stranger(
        line, "owner", [name for name in (line.text("owner"), line.text("joint_owner")) if name]
    )
    if (plan := line.text("employer_plan")) and plan not in firm.plans:
        made.refuse(
            line,
            "employer_plan",
            "There is no such plan on record.",
            cure(plan, firm.plans, "Add it to sheet plan_menus, or correct the code."),
        )
    starts, ends = line.values.get("agreement_on"), line.values.get("agreement_ends_on")
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        made.refuse(line, "agreement_ends_on", "The agreement ends before it begins.", "Check both days.")
    reference = reference_of(made, line, firm)
    if reference is None:
        if line.text("account").startswith("ac_"):
            made.refuse(
                line,
                "account",
                "The household has no account with this reference.",
                whose(line.text("account")) or "Write the custodian's whole number.",
            )
            return
        holder = firm.account_of_number(line.values.get("account"))
        if holder is not None:
            made.refuse(
                line,
                "account",
                "This account number belongs to another household on record.",
                "Correct the number or the household's code.",
            )
        _refuse_ambiguous_return(made, line)
        _new(made, line, f"account {line.text('label') or line.text('registration').replace('_', ' ')}")
        return
    if line.text("tax_unit"):
        _refuse_ambiguous_return(made, line)
    assert made.record is not None, "only a household on record has references"
    account = made.record.accounts[reference]
    _compared(made, line, (made.code, reference), f"account {account}", ignored=("account",))


def _refuse_ambiguous_return(made: HouseholdPlan, line: Line) -> None:
    """A taxable account needs exactly one return that reports its trades."""
    registration, named = line.text("registration"), line.text("tax_unit")
    if not registration:
        return
    if TAX_TREATMENT[Account.Registration(registration)] != Account.TaxTreatment.TAXABLE:
        if named:
            made.refuse(line, "tax_unit", "No return reports trades in this account.", "Leave it empty.")
        return
    units = dict(made.on_record(TAX_UNITS))
    for one in made.of(TAX_UNITS):
        given = {name: value for name, value in one.values.items() if value is not None}
        units[one.key] = {**units.get(one.key, {}), **given}
    if named:
        codes = [str(one["tax_unit"]) for one in units.values()]
        if named not in codes:
            made.refuse(
                line,
                "tax_unit",
                "The household has no such tax unit.",
                cure(named, codes, "Add it to sheet tax_units, or correct the code."),
            )
        return
    fitting = _filing(made, line, list(units.values()))
    if len(fitting) != 1:
        made.refuse(
            line,
            "registration",
            f"{'No tax unit files' if not fitting else 'Several tax units file'} for this account.",
            "Write the code of the return in tax_unit, or let sheet tax_units have exactly one unit with the owner as a "
            + (
                "member (for a trust: one with filing status trust)."
                if registration in TAXED_BY_ITSELF
                else "member."
            ),
        )


def _filing(made: HouseholdPlan, line: Line, units: Iterable[Values]) -> list[Values]:
    """The units that could file for a new taxable account, as `accounts.tax_unit_for` finds them."""
    own = [one for one in units if line.text("owner") in (one.get("members") or ())]  # type: ignore[operator]
    of_trusts = [one for one in units if one.get("filing_status") == TRUST]
    if line.text("registration") in TAXED_BY_ITSELF:
        return [one for one in own if one in of_trusts] or of_trusts
    if (
        line.text("registration") == "revocable_trust"
        and not own
        and made.kind_of(line.text("owner")) != "person"
    ):
        return [one for one in units if one not in of_trusts]
    return own


def _cash_flow(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    reference = account_named(made, line, "account", firm)
    if reference is None:
        return
    amount, flow = line.values.get("amount"), line.text("flow")
    if isinstance(amount, Decimal) and flow and (amount > 0) != (flow == CashFlow.Kind.CONTRIBUTION):
        made.refuse(
            line,
            "amount",
            "A contribution is more than zero, everything else less.",
            "Write money leaving the account with a minus sign.",
        )
    key = (made.code, reference, *line.key[2:])
    if key not in made.on_record(CASH_FLOWS):
        _new(made, line, f"{flow} due {line.text('due_on')}")


def _compared(made: HouseholdPlan, line: Line, key: Key, what: str, *, ignored: tuple[str, ...] = ()) -> None:
    before = made.on_record(line.sheet).get(key)
    if before is None:
        _new(made, line, what)
        return
    found = differences(line, before, ignored=ignored)
    if found:
        merged = {**before, **{name: value for name, value in line.values.items() if value is not None}}
        for name in ignored:
            merged[name] = before[name]
        made.steps.append(
            Step(line.sheet, line.number, f"Change {what}", merged, before=dict(before), differences=found)
        )


def _new(made: HouseholdPlan, line: Line, what: str) -> None:
    made.steps.append(Step(line.sheet, line.number, f"Add {what}", dict(line.values)))


def _not_in_future(made: HouseholdPlan, line: Line, *columns: str) -> None:
    for name in columns:
        value = line.values.get(name)
        if isinstance(value, date) and value > made.on:
            made.refuse(line, name, "The day is in the future.", "Check the year.")
