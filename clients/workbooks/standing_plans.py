"""What a workbook's recurring cash needs and holds would do to a household."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clients.households import holds, recurring_cash
from clients.models import CashFlow, CashFlowRule, Hold
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.plans import HouseholdPlan, Step, account_named, cure, differences
from clients.workbooks.reading import Line
from clients.workbooks.standing_layout import HOLDS, RECURRING_CASH
from compliance.people.roles import Role
from compliance.refusals import BadInput

OF_THE_DESK = tuple(kind for kind in Hold.Kind if Role.TRADER in holds.PLACED_BY[kind])
"""The kinds of holds that a workbook, which the trading desk loads, may place."""
UNSAID_ON_RECORD = ("account", "starts_on")
"""Columns of a recurring need that do not change the rule they name."""
YEAR = timedelta(days=400)


def recurring(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    """A rule of recurring cash: begun, or changed where one with the same account, kind and day goes on."""
    reference = account_named(made, line, "account", firm)
    if reference is None:
        return
    _refuse_rule(made, line, reference)
    key = (made.code, reference, *line.key[2:])
    running = made.record.rules.get(key, []) if made.record else []
    what = f"recurring {line.text('flow')} every {line.text('every')}"
    if len(running) > 1:
        made.refuse(
            line,
            "day",
            f"{len(running)} rules on record have this account, kind and day.",
            "Change or end them on the household's page, and take the row out.",
        )
    elif running:
        before = made.on_record(RECURRING_CASH)[key]
        if found := differences(line, before, ignored=UNSAID_ON_RECORD):
            merged = {**before, **{name: value for name, value in line.values.items() if value is not None}}
            merged |= {name: before[name] for name in UNSAID_ON_RECORD}
            sentence = f"Change {what}, from today"
            made.steps.append(
                Step(line.sheet, line.number, sentence, merged, before=dict(before), differences=found)
            )
    elif not _has_ended(made, line, key):
        made.steps.append(Step(line.sheet, line.number, f"Add {what}", dict(line.values)))


def _has_ended(made: HouseholdPlan, line: Line, key: tuple[str, ...]) -> bool:
    """Whether the row is of a rule that somebody has ended: it is not begun again."""
    ended_on = made.record.ended_rules.get(key) if made.record else None
    starts_on = line.values.get("starts_on")
    return ended_on is not None and isinstance(starts_on, date) and starts_on <= ended_on


def _refuse_rule(made: HouseholdPlan, line: Line, reference: str) -> None:
    amount, flow = line.values.get("amount"), line.text("flow")
    if isinstance(amount, Decimal) and flow and (amount > 0) != (flow == CashFlow.Kind.CONTRIBUTION):
        made.refuse(
            line,
            "amount",
            "A contribution is more than zero, everything else less.",
            "Write money leaving the account with a minus sign.",
        )
    starts_on, until_on = line.values.get("starts_on"), line.values.get("until_on")
    if isinstance(starts_on, date) and isinstance(until_on, date):
        if until_on < starts_on:
            made.refuse(line, "until_on", "It would end before it starts.", "Check both days.")
        elif line.text("every") and line.text("day"):
            _refuse_empty(made, line, starts_on, until_on)
    account = made.record.accounts.get(reference) if made.record else None
    if account is not None and account.closed_on is not None:
        made.refuse(
            line, "account", f"The account is closed since {account.closed_on}.", "Name an open account."
        )


def _refuse_empty(made: HouseholdPlan, line: Line, starts_on: date, until_on: date) -> None:
    """A rule that makes no cash flow at all between its days."""
    first = recurring_cash.days(
        every=line.text("every"),
        day=int(line.text("day")),
        starts_on=starts_on,
        until_on=until_on,
        count=None,
        up_to=starts_on + YEAR,
    )
    if next(first, None) is None:
        made.refuse(
            line,
            "until_on",
            "No occurrence falls between the two days.",
            "Write a later last day, or another day of the month.",
        )


def hold(made: HouseholdPlan, line: Line, firm: FirmFacts) -> None:
    """A hold: placed, or its reason or end corrected; one that is over stays over."""
    reference = ""
    if line.text("account"):
        found = account_named(made, line, "account", firm)
        if found is None:
            return
        reference = found
    key = (made.code, reference, *line.key[2:])
    before = made.on_record(HOLDS).get(key)
    if before is not None and made.record is not None and (HOLDS.name, key) in made.record.settled:
        return
    if before is not None:
        changes = differences(line, before, ignored=("account",))
        if changes and _may_be_placed(made, line):
            _refuse_span(made, line)
            merged = {**before, **{name: value for name, value in line.values.items() if value is not None}}
            merged["account"] = before["account"]
            sentence = f"Change {_what(line)}"
            made.steps.append(
                Step(line.sheet, line.number, sentence, merged, before=dict(before), differences=changes)
            )
        return
    if not _may_be_placed(made, line):
        return
    if (symbol := line.text("symbol")) and symbol not in firm.symbols:
        made.refuse(
            line,
            "symbol",
            "No such security is on record.",
            cure(symbol, firm.symbols, "Add it to sheet securities, or correct the symbol."),
        )
    _refuse_span(made, line)
    made.steps.append(Step(line.sheet, line.number, f"Add {_what(line)}", dict(line.values)))


def _what(line: Line) -> str:
    label = Hold.Kind(line.text("hold")).label.lower() if line.text("hold") else "hold"
    return f"the hold “{label}” until {line.text('expires_on')}"


def _may_be_placed(made: HouseholdPlan, line: Line) -> bool:
    if line.text("hold") in OF_THE_DESK:
        return True
    made.refuse(
        line,
        "hold",
        "A workbook neither places nor changes a hold of this kind.",
        "Take the row out; compliance or the advisor does it on the household's page.",
    )
    return False


def _refuse_span(made: HouseholdPlan, line: Line) -> None:
    starts_on, expires_on = line.values.get("starts_on"), line.values.get("expires_on")
    if not isinstance(starts_on, date) or not isinstance(expires_on, date):
        return
    if expires_on < made.on:
        made.refuse(line, "expires_on", "The hold would already have ended.", "Write a later day.")
        return
    try:
        holds.refuse_span(reason=line.text("reason") or "-", starts_on=starts_on, expires_on=expires_on)
    except BadInput as refused:
        made.refuse(line, "expires_on", refused.sentence, refused.how_to_fix)


MOVED = CashFlowRule.Moved.BEFORE
"""Where a day without business goes in a row that does not say."""
