"""Workbooks: receiving, previewing, loading, discarding.

A workbook is kept byte for byte and recognized by its digest. Each household is loaded in a transaction of its own,
completely or not at all, so a load that is stopped goes on where it was, and the same workbook twice changes nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from clients.imports.file_contents import FileChanged
from clients.models import Household, Workbook, WorkbookHousehold
from clients.registers.sealed_record import of_workbook
from clients.workbooks import firm_plans, firm_steps, household_plans, reading, records, steps
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.firm_plans import FirmPlan
from clients.workbooks.layout import HOUSEHOLD_SHEETS, HOUSEHOLDS
from clients.workbooks.opening.raw import BYTES_MAX, SPLIT, TOO_LARGE, Fault
from clients.workbooks.plans import HouseholdPlan, cure
from clients.workbooks.reading import Line, Read
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.digests import fingerprint
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Conflict, Refusal, Stale

FAULTS_KEPT_MAX = 2_000
NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a workbook would do: to the firm's own facts, and to each household."""

    read: Read
    firm: FirmPlan
    households: tuple[HouseholdPlan, ...]
    faults: tuple[Fault, ...]
    facts: FirmFacts | None = None

    @property
    def is_refused(self) -> bool:
        return any(not fault.household for fault in self.faults)

    @property
    def changes_anything(self) -> bool:
        """Whether loading would do anything at all."""
        return bool(self.firm.steps) or any(one.steps and not one.faults for one in self.households)

    @property
    def digest(self) -> str:
        """Of what the preview shows, so that exactly this is confirmed."""
        shown = {
            "firm": [_text(step.as_json()) for step in self.firm.steps],
            "households": [
                [one.code, str(one.result), [_text(step.as_json()) for step in one.steps]]
                for one in self.households
            ],
        }
        return fingerprint.of(shown, kind="workbook")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of receiving a workbook. `is_known` means that the same bytes were received before."""

    workbook: Workbook
    is_known: bool


def receive(
    content: bytes, *, name: str, channel: str, user_id: int | None, by: Actor, at: datetime
) -> Receipt:
    """Keep a workbook and prepare its preview. The same bytes twice are one workbook, previewed anew.

    Raises `BadInput` for an empty or oversized upload; any other problem is stored as faults.
    """
    if not content:
        raise BadInput("The file is empty.", "Fill in the template and upload it.")
    if len(content) > BYTES_MAX:
        raise BadInput(TOO_LARGE, SPLIT)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        workbook, is_new = Workbook.objects.get_or_create(
            sha256=digest,
            defaults={
                "name": _safe_name(name),
                "content": content,
                "size": len(content),
                "channel": channel,
                "state": Workbook.State.PREVIEWED,
                "received_at": at,
                "received_by_id": user_id,
            },
        )
        workbook = Workbook.objects.select_for_update().get(pk=workbook.pk)
        if workbook.state != Workbook.State.LOADING:
            _preview(workbook, planned(workbook, at=at))
        audit.record(
            audit.Action.WORKBOOK_RECEIVED, about=workbook, by=by, at=at, sealing=of_workbook(workbook),
            name=workbook.name, sha256=digest, is_known=not is_new, state=workbook.state, faults=len(workbook.faults),
        )  # fmt: skip
    return Receipt(workbook, is_known=not is_new)


@transaction.atomic
def confirm(workbook: Workbook, *, seen: str, user_id: int, by: Actor, at: datetime) -> Workbook:
    """Confirm a preview; what it shows is then loaded by `advance`.

    Raises `Stale` when loading would now do something else than was shown, `Conflict` when it is settled already,
    and `Blocked` when there is nothing to load.
    """
    workbook = Workbook.objects.select_for_update().get(pk=workbook.pk)
    if workbook.state != Workbook.State.PREVIEWED:
        raise Conflict(
            f"This workbook is already {workbook.get_state_display().lower()}.",
            "Open it to see what came of it.",
        )
    plan = planned(workbook, at=at)
    if plan.digest != seen:
        raise Stale(
            "The record has changed since this preview.", "Look at the preview again, then confirm it."
        )
    if not plan.changes_anything:
        raise Blocked("Loading this workbook would change nothing.", "Correct what is refused, if anything.")
    workbook.state = Workbook.State.LOADING
    workbook.confirmed_at, workbook.confirmed_by_id = at, user_id
    workbook.firm_done_at, workbook.loaded_at = None, None
    workbook.save(update_fields=["state", "confirmed_at", "confirmed_by", "firm_done_at", "loaded_at"])
    audit.record(
        audit.Action.WORKBOOK_CONFIRMED,
        about=workbook,
        by=by,
        at=at,
        sealing=of_workbook(workbook),
        digest=seen,
    )
    return workbook


@transaction.atomic
def look_again(workbook: Workbook, *, by: Actor, at: datetime) -> Workbook:
    """Compare a workbook with the record as it is now, for a new preview. Raises `Conflict` while it is loaded."""
    workbook = Workbook.objects.select_for_update().get(pk=workbook.pk)
    if workbook.state == Workbook.State.LOADING:
        raise Conflict("This workbook is being loaded.", "Wait until it is loaded.")
    _preview(workbook, planned(workbook, at=at))
    audit.record(
        audit.Action.WORKBOOK_RECEIVED,
        about=workbook,
        by=by,
        at=at,
        sealing=of_workbook(workbook),
        name=workbook.name,
        state=workbook.state,
    )
    return workbook


@transaction.atomic
def discard(workbook: Workbook, *, by: Actor, at: datetime) -> Workbook:
    """Discard a workbook without loading it. Its audit events are kept."""
    workbook = Workbook.objects.select_for_update().get(pk=workbook.pk)
    if workbook.state not in (Workbook.State.PREVIEWED, Workbook.State.REFUSED):
        raise Conflict("This workbook is already settled.", "There is nothing to discard.")
    workbook.state = Workbook.State.DISCARDED
    workbook.save(update_fields=["state"])
    audit.record(audit.Action.WORKBOOK_DISCARDED, about=workbook, by=by, at=at, sealing=of_workbook(workbook))
    return workbook


def advance(workbook: Workbook, *, by: Actor, at: datetime, seconds_max: int | None = None) -> bool:
    """Load what is confirmed and not loaded yet, household by household; whether everything is settled then.

    May be stopped at any point and run twice at once: each household is loaded in its own transaction, under the
    workbook's lock, and is marked as loaded in it.
    """
    started = time.monotonic()
    plan: Plan | None = None
    while True:
        with transaction.atomic(), audit.lines_last():
            locked = Workbook.objects.select_for_update().get(pk=workbook.pk)
            if locked.state != Workbook.State.LOADING:
                return True
            plan = plan or planned(locked, at=at)
            if locked.firm_done_at is None:
                _load_firm(locked, plan, by=by, at=at)
                continue
            row = locked.households.filter(state=WorkbookHousehold.State.WAITING).first()
            if row is None:
                _finish(locked, by=by, at=at)
                return True
            _load_household(row, plan, by=by, at=at)
        if seconds_max is not None and time.monotonic() - started > seconds_max:
            return False


def waiting() -> list[Workbook]:
    """The workbooks that are confirmed and not loaded yet."""
    return list(
        Workbook.objects.filter(state=Workbook.State.LOADING).defer("content").select_related("confirmed_by")
    )


def planned(workbook: Workbook, *, at: datetime) -> Plan:
    """What loading this workbook would do now. Raises `FileChanged` when the stored bytes were changed."""
    content = bytes(workbook.content)
    if hashlib.sha256(content).hexdigest() != workbook.sha256:
        raise FileChanged(f"Workbook {workbook.public_id} was changed in storage. Restore it from a backup.")
    return plan_of(reading.read(content), at=at)


def plan_of(read: Read, *, at: datetime) -> Plan:
    """Compare what was read with the record."""
    if read.is_refused:
        return Plan(read, FirmPlan(), (), read.faults)
    lines: dict[str, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for sheet in HOUSEHOLD_SHEETS:
        for line in read.of(sheet):
            lines[line.household][sheet.name].append(line)
    known = records.of(Household.objects.filter(code__in=lines))
    strangers = _strangers(lines, known)
    facts = FirmFacts.of(read)
    firm = firm_plans.plan(read, facts)
    if strangers or firm.faults:
        return Plan(read, FirmPlan(), (), (*read.faults, *strangers, *firm.faults))
    on = at.astimezone(EASTERN).date()
    faults_by_code: dict[str, list[Fault]] = defaultdict(list)
    for fault in read.faults:
        faults_by_code[fault.household].append(fault)
    plans = []
    for code, rows in lines.items():
        if code in faults_by_code:
            # Its rows could not all be read, so nothing further is said about them.
            plans.append(HouseholdPlan(code, known.get(code), rows, on, faults=faults_by_code[code]))
        else:
            plans.append(household_plans.plan(code, known.get(code), rows, firm=facts, on=on))
    return Plan(read, firm, tuple(plans), tuple(fault for one in plans for fault in one.faults), facts)


def fault_as_json(fault: Fault) -> dict[str, Any]:
    """A fault as it is stored and sent."""
    return asdict(fault)


def _strangers(lines: dict[str, dict[str, list[Line]]], known: dict[str, records.OnRecord]) -> list[Fault]:
    """Rows of a household that is nowhere may belong to any other, so they refuse the workbook."""
    codes = {code for code, rows in lines.items() if rows.get(HOUSEHOLDS.name)} | set(known)
    faults = []
    for code, rows in lines.items():
        if code in codes:
            continue
        line = next(one for some in rows.values() for one in some)
        fault = line.fault(
            "household",
            f"No household {code} is on record or in sheet households.",
            cure(code, codes, "Add it to sheet households, or correct the code."),
        )
        faults.append(Fault(fault.rule, fault.cure, fault.sheet, fault.row, fault.column, fault.value))
    return faults


def _preview(workbook: Workbook, plan: Plan) -> None:
    workbook.kind = plan.read.kind
    workbook.faults = [fault_as_json(fault) for fault in plan.faults[:FAULTS_KEPT_MAX]]
    workbook.firm_changes = [step.as_json() for step in plan.firm.steps]
    workbook.digest = plan.digest
    results = WorkbookHousehold.Result
    changes = plan.firm.steps or any(
        one.result in (results.NEW, results.CHANGED, results.REFUSED) for one in plan.households
    )
    if plan.is_refused:
        workbook.state = Workbook.State.REFUSED
    elif changes or workbook.state != Workbook.State.LOADED:
        workbook.state = Workbook.State.PREVIEWED
    workbook.save(update_fields=["kind", "faults", "firm_changes", "digest", "state"])
    if workbook.state == Workbook.State.LOADED:
        return
    workbook.households.all().delete()
    WorkbookHousehold.objects.bulk_create(
        WorkbookHousehold(
            workbook=workbook,
            position=position,
            code=one.code,
            name=one.name,
            result=one.result,
            changes=[step.as_json() for step in one.steps] if not one.faults else [],
            household=one.record.household if one.record else None,
        )
        for position, one in enumerate(plan.households, start=1)
    )


def _load_firm(workbook: Workbook, plan: Plan, *, by: Actor, at: datetime) -> None:
    try:
        with transaction.atomic(), audit.lines_last():
            firm_steps.make_firm(plan.firm, by=by, at=at)
    except Refusal as refusal:
        # Households rest on the firm's own facts, so nothing of the workbook is loaded.
        workbook.state = Workbook.State.REFUSED
        workbook.faults = [fault_as_json(Fault(refusal.sentence, refusal.how_to_fix, "models"))]
        workbook.save(update_fields=["state", "faults"])
        audit.record(
            audit.Action.WORKBOOK_DISCARDED,
            about=workbook,
            by=by,
            at=at,
            sealing=of_workbook(workbook),
            because=refusal.sentence,
        )
        return
    workbook.firm_done_at = at
    workbook.save(update_fields=["firm_done_at"])
    audit.record(
        audit.Action.WORKBOOK_PART_LOADED,
        about=workbook,
        by=by,
        at=at,
        sealing=of_workbook(workbook),
        part="the firm's classes, securities and models",
        changes=[step.sentence for step in plan.firm.steps],
    )


def _load_household(row: WorkbookHousehold, plan: Plan, *, by: Actor, at: datetime) -> None:
    """Load one household, or write down why it was refused; its own rows are then as they were.

    It is compared with the record once more, and what is done is exactly what was shown.
    """
    wanted = next((one for one in plan.households if one.code == row.code), None)
    assert wanted is not None, "a preview has a row for each household of its workbook"
    assert plan.facts is not None, "a workbook that is refused has no households"
    if wanted.faults:
        row.state, row.refusal = WorkbookHousehold.State.FAILED, "Its rows have faults."
    else:
        known = records.of(Household.objects.filter(code=row.code)).get(row.code)
        fresh = household_plans.plan(row.code, known, wanted.lines, firm=plan.facts, on=wanted.on)
        if fresh.faults or [_text(one.as_json()) for one in fresh.steps] != list(map(_text, row.changes)):
            row.state = WorkbookHousehold.State.FAILED
            row.refusal = "The record changed after the preview. Look at the workbook again and confirm it."
        else:
            _make(row, fresh, by=by, at=at)
    row.save(update_fields=["state", "refusal", "household", "policy"])


def _make(row: WorkbookHousehold, plan: HouseholdPlan, *, by: Actor, at: datetime) -> None:
    if not plan.steps:
        row.state = WorkbookHousehold.State.DONE
        return
    try:
        with transaction.atomic(), audit.lines_last():
            made = steps.make_household(plan, by=by, at=at)
    except Refusal as refusal:
        row.state, row.refusal = WorkbookHousehold.State.FAILED, str(refusal)
    except (DataError, IntegrityError) as problem:
        row.state = WorkbookHousehold.State.FAILED
        row.refusal = f"The record cannot hold a value of this household ({type(problem).__name__})."
    else:
        row.state, row.household, row.policy = WorkbookHousehold.State.DONE, made.household, made.policy


def _finish(workbook: Workbook, *, by: Actor, at: datetime) -> None:
    workbook.state, workbook.loaded_at = Workbook.State.LOADED, at
    workbook.save(update_fields=["state", "loaded_at"])
    rows = list(workbook.households.values_list("result", "state"))
    audit.record(
        audit.Action.WORKBOOK_LOADED,
        about=workbook,
        by=by,
        at=at,
        sealing=of_workbook(workbook),
        new=rows.count(("new", "done")),
        changed=rows.count(("changed", "done")),
        unchanged=rows.count(("unchanged", "done")),
        left_out=sum(1 for _, state in rows if state == WorkbookHousehold.State.FAILED),
    )


def _safe_name(name: str) -> str:
    printable = "".join(one for one in name if one.isprintable())
    return printable.rsplit("/", 1)[-1].rsplit("\\", 1)[-1][:NAME_MAX] or "workbook"


def _text(step: Mapping[str, Any]) -> list[Any]:
    return [step["sheet"], step["sentence"], [list(one) for one in step["differences"]]]
