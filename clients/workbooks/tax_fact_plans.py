"""Accounts elsewhere and elections of the average basis in a workbook: what a row would do, and doing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from clients.holdings import basis_elections
from clients.households import outside_accounts
from clients.households.outside_accounts import Terms
from clients.models import Account, Household, OutsideAccount, Security
from clients.workbooks.columns import written
from clients.workbooks.plans import HouseholdPlan, Step, account_named, compare_fact, cure
from clients.workbooks.tax_fact_layout import BASIS_ELECTIONS, OUTSIDE_ACCOUNTS
from compliance.people.actors import Actor
from compliance.refusals import BadInput

if TYPE_CHECKING:
    from clients.workbooks.firm_facts import FirmFacts
    from clients.workbooks.reading import Line
    from clients.workbooks.records import Values

STRANGER = "No such security is on record."
STRANGER_CURE = "Add it to sheet securities, or correct the symbol."
AHEAD, AHEAD_CURE = "This day is still to come.", "Write the day on which it was."


def plan(made: HouseholdPlan, firm: FirmFacts) -> None:
    """Compare a household's rows with the facts on record."""
    for line in made.of(OUTSIDE_ACCOUNTS):
        made.refuse_stranger(line, "owner", [line.text("owner")])
        for symbol in line.values.get("buys") or ():  # type: ignore[union-attr]
            if symbol not in firm.symbols:
                made.refuse(line, "buys", STRANGER, cure(str(symbol), firm.symbols, STRANGER_CURE))
        _refuse_ahead(made, line, "declared_on")
        compare_fact(made, line, line.key, f"the account elsewhere “{line.text('name')}”", changing="Change")
    for line in made.of(BASIS_ELECTIONS):
        reference = account_named(made, line, "account", firm)
        symbol = line.text("symbol")
        if symbol not in firm.symbols:
            made.refuse(line, "symbol", STRANGER, cure(symbol, firm.symbols, STRANGER_CURE))
        elif reference is not None:
            _refuse_election(made, line, reference, symbol)
            _refuse_ahead(made, line, "elected_on")
            compare_fact(
                made,
                line,
                (made.code, reference, symbol),
                f"the average basis of {symbol}",
                changing="Change",
            )


def _refuse_ahead(made: HouseholdPlan, line: Line, column: str) -> None:
    day = line.values.get(column)
    if isinstance(day, date) and day > made.on:
        made.refuse(line, column, AHEAD, AHEAD_CURE)


def _refuse_election(made: HouseholdPlan, line: Line, reference: str, symbol: str) -> None:
    """What the law allows no average for; of what the workbook itself brings, the verb says so when it is loaded."""
    account = made.record.accounts.get(reference) if made.record else None
    security = Security.objects.filter(symbol=symbol).first()
    why = basis_elections.refusal(account, security) if account and security else None
    if why:
        made.refuse(line, "symbol", why, "Take the row out.")


def make(
    household: Household, accounts: Mapping[str, Account], step: Step, *, by: Actor, at: datetime
) -> None:
    """Record or change one fact. Raises Refusal."""
    acts: dict[str, Any] = {"user_id": int(by.person_ref) if by.is_person else None, "by": by, "at": at}
    if step.sheet is OUTSIDE_ACCOUNTS:
        _make_account(household, step, acts)
    else:
        _make_election(accounts, step, acts)


def _make_account(household: Household, step: Step, acts: dict[str, Any]) -> None:
    named = written(step.values["owner"])
    owner = next((one for one in household.people.order_by("pk") if str(one) == named), None)
    if owner is None:
        raise BadInput(f"{step.sentence}: {named} is not on record.", "Compare the workbook again.")
    terms = _terms(step.values)
    if step.before is None:
        outside_accounts.declare(household, owner, terms, **acts)
        return
    standing = OutsideAccount.objects.filter(owner=owner, name=terms.name, ended_at=None).first()
    if standing is None:
        raise BadInput(f"{step.sentence}: it is no longer on record.", "Compare the workbook again.")
    outside_accounts.change(standing, terms, **acts)


def _terms(values: Values) -> Terms:
    given: Any = values
    return Terms(
        name=written(given["name"]),
        registration=written(given["registration"]),
        declared_on=given["declared_on"],
        institution=written(given.get("institution")),
        has_statements=bool(given.get("has_statements")),
        buys=tuple(given.get("buys") or ()),
    )


def _make_election(accounts: Mapping[str, Account], step: Step, acts: dict[str, Any]) -> None:
    given: Any = step.values
    named = written(given["account"])
    account = accounts.get(named) or next((one for one in accounts.values() if one.number == named), None)
    if account is None:
        raise BadInput(f"{step.sentence}: the account is not on record.", "Compare the workbook again.")
    security = Security.objects.get(symbol=written(given["symbol"]))
    terms = {"elected_on": given["elected_on"], "document": written(given["document"])}
    standing = account.basis_elections.filter(security=security, ended_at=None).first()
    if standing is None:
        basis_elections.elect(account, security, **terms, **acts)
    else:
        basis_elections.correct(standing, **terms, **acts)
