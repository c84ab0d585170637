"""A household's part of a workbook: its rows, what is on record, and the steps or faults that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from clients.models import Account, WorkbookHousehold
from clients.policies.targets import TargetSpec
from clients.workbooks.columns import SheetLayout, Value, written
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.layout import ACCOUNTS, HOUSEHOLDS, PEOPLE
from clients.workbooks.opening.raw import Fault
from clients.workbooks.reading import HIDDEN, Line
from clients.workbooks.records import Key, OnRecord, Values
from compliance.refusals import closest


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that changes, in words. What is secret is only said to change."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that loading does: to which sheet's fact, with which values, and in words.

    `before` is None where something new is made; `values` are the row's own merged into what is on record.
    """

    sheet: SheetLayout
    row: int
    sentence: str
    values: Values
    before: Values | None = None
    differences: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The form in which it is stored and shown."""
        return {
            "sheet": self.sheet.name,
            "row": self.row,
            "sentence": self.sentence,
            "differences": [[one.column, one.before, one.after] for one in self.differences],
        }


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """The version to draft: its terms, targets and restrictions, and the step that says so."""

    model: str
    terms: Values
    targets: tuple[TargetSpec, ...]
    wishes: tuple[Values, ...]
    step: Step
    words_template: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether both parties have signed, so that a reviewer can decide about it."""
        return bool(self.terms.get("signed_by_client_on") and self.terms.get("signed_by_advisor_on"))


@dataclass(slots=True)
class HouseholdPlan:
    """A household of the workbook: what is on record, its rows, and what follows."""

    code: str
    record: OnRecord | None
    lines: Mapping[str, list[Line]]
    on: date
    steps: list[Step] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    policy: PolicyPlan | None = None

    @property
    def name(self) -> str:
        given = next((line.text("name") for line in self.lines.get(HOUSEHOLDS.name, ())), "")
        return given or (self.record.household.name if self.record else "")

    @property
    def result(self) -> str:
        results = WorkbookHousehold.Result
        if self.faults:
            return results.REFUSED
        if not self.steps:
            return results.UNCHANGED
        return results.CHANGED if self.record else results.NEW

    def of(self, sheet: SheetLayout) -> list[Line]:
        return self.lines.get(sheet.name, [])

    def on_record(self, sheet: SheetLayout) -> Mapping[Key, Values]:
        return self.record.rows.get(sheet.name, {}) if self.record else {}

    def names(self) -> list[str]:
        """The people of the household, those of the workbook included."""
        brought = [
            f"{line.text('given_name')} {line.text('family_name')}".strip() for line in self.of(PEOPLE)
        ]
        return [*(self.record.people if self.record else ()), *brought]

    def kind_of(self, name: str) -> str:
        """Whether somebody of the household is a person, a trust or an entity; the workbook's word counts first."""
        for line in self.of(PEOPLE):
            if name == f"{line.text('given_name')} {line.text('family_name')}".strip() and line.text("kind"):
                return line.text("kind")
        known = self.record.people.get(name) if self.record else None
        return str(known.kind) if known is not None else "person"

    def refuse(self, line: Line, column: str, rule: str, cure: str) -> None:
        self.faults.append(line.fault(column, rule, cure))

    def refuse_stranger(self, line: Line, column: str, names: Iterable[str]) -> None:
        """Record a fault for each of these names that is nobody of the household."""
        known = self.names()
        for name in names:
            if name not in known:
                self.refuse(
                    line,
                    column,
                    f"{name} is not a person of household {self.code}.",
                    cure(name, known, "Add the person to sheet people, or correct the name."),
                )


def cure(given: str, known: Iterable[str], otherwise: str) -> str:
    """Names on record that are similar to what was given, if any, and what to do where none is meant."""
    return f"{closest(given, known)} {otherwise}".strip()


def reference_of(made: HouseholdPlan, line: Line, firm: FirmFacts) -> str | None:
    """The public reference of the account on record that a cell means, by reference or by whole number."""
    given = line.text("account")
    accounts = made.record.accounts if made.record else {}
    if given in accounts:
        return given
    found = firm.account_of_number(given)
    return found.public_id if found is not None and found.public_id in accounts else None


def whose(reference: str) -> str:
    """In which household an account is today, such as after a merger or a split; empty for no account at all."""
    found = Account.objects.filter(public_id=reference).select_related("household").first()
    return (
        f"It is an account of {found.household} ({found.household.code}) now: write that code."
        if found
        else ""
    )


def account_named(made: HouseholdPlan, line: Line, column: str, firm: FirmFacts) -> str | None:
    """The reference of an account on record, or the number of one that the workbook opens; a fault for neither."""
    given = line.text(column)
    if reference := reference_of(made, line, firm):
        return reference
    if given in {one.text("account") for one in made.of(ACCOUNTS)}:
        return given
    made.refuse(
        line,
        column,
        "The household has no such account.",
        whose(given) or "Write the number as in sheet accounts, or the reference of an export.",
    )
    return None


def compare_fact(made: HouseholdPlan, line: Line, key: tuple[str, ...], what: str, *, changing: str) -> None:
    """Plan to record a fact that is not on record, or to change one that differs: `changing` says in a word how.

    An empty cell leaves what is on record, and the account is the one on record.
    """
    known = made.on_record(line.sheet).get(key)
    if known is None:
        made.steps.append(Step(line.sheet, line.number, f"Record {what}", dict(line.values)))
    elif found := differences(line, known, ignored=("account",)):
        merged = {**known, **{name: value for name, value in line.values.items() if value is not None}}
        merged["account"] = known.get("account")
        made.steps.append(
            Step(line.sheet, line.number, f"{changing} {what}", merged, before=dict(known), differences=found)
        )


def differences(line: Line, before: Values, *, ignored: tuple[str, ...] = ()) -> tuple[Difference, ...]:
    """The columns in which a row differs from what is on record. An empty cell says nothing."""
    found = []
    for name, value in line.values.items():
        if value is None or name in ignored or same(value, before.get(name)):
            continue
        secret = line.sheet.by_name[name].is_secret
        shown = (HIDDEN, HIDDEN) if secret else (written(before.get(name)), written(value))
        found.append(Difference(name, *shown))
    return tuple(found)


def same(one: Value | None, other: Value | None) -> bool:
    """Whether two values are the same fact; the order of names and of weights is none."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other
