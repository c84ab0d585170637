"""The menus of employers' plans in a workbook: what is on record, what the rows would do, and doing it.

A row is a fund of a plan. A workbook adds plans and funds and changes their lines; it takes nothing off a menu.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from clients.households import employer_plans
from clients.households.employer_plans import Terms
from clients.models import Account, EmployerPlan, PlanFund, Security
from clients.workbooks.columns import written
from clients.workbooks.firm_facts import FirmFacts
from clients.workbooks.firm_layout import PLAN_MENUS
from clients.workbooks.opening.raw import Fault
from clients.workbooks.plans import Step, cure, differences
from clients.workbooks.reading import Line, Read
from clients.workbooks.records import Values
from compliance.people.actors import Actor

SAME_IN_ALL = ("plan_name", "document")


def on_record() -> dict[tuple[str, str], Values]:
    """The menus in use as rows, by plan and symbol. A plan without a fund has no row."""
    lines = PlanFund.objects.filter(ended_at=None, plan__retired_at=None)
    return {
        (one.plan.code, one.security.symbol): {
            "employer_plan": one.plan.code,
            "plan_name": one.plan.name,
            "document": one.plan.source,
            "symbol": one.security.symbol,
            "starts_on": one.starts_on,
            "ends_on": one.ends_on,
            "closed_on": one.closed_on,
            "weight_min": one.weight_min,
        }
        for one in lines.select_related("plan", "security").order_by("plan__code", "security__symbol")
    }


def plan(read: Read, firm: FirmFacts) -> tuple[list[Step], list[Fault]]:
    """The steps that the sheet asks for, and what is wrong with it."""
    lines = read.of(PLAN_MENUS)
    if not lines:
        return [], []
    known, faults, steps = on_record(), [], []
    retired = set(EmployerPlan.objects.exclude(retired_at=None).values_list("code", flat=True))
    for line in lines:
        faults += list(_faults(line, lines, firm, retired))
        before = known.get((line.text("employer_plan"), line.text("symbol")))
        if before is None:
            sentence = f"Put {line.text('symbol')} on the menu of {line.text('plan_name')}"
            steps.append(Step(PLAN_MENUS, line.number, sentence, dict(line.values)))
        elif found := differences(line, before):
            merged = {**before, **{name: value for name, value in line.values.items() if value is not None}}
            sentence = f"Change {line.text('symbol')} on the menu of {line.text('plan_name')}"
            steps.append(Step(PLAN_MENUS, line.number, sentence, merged, before=before, differences=found))
    return steps, faults


def _faults(line: Line, lines: tuple[Line, ...], firm: FirmFacts, retired: set[str]) -> list[Fault]:
    found = []
    if line.text("symbol") not in firm.symbols:
        found.append(
            line.fault(
                "symbol",
                "There is no such security on record.",
                cure(line.text("symbol"), firm.symbols, "Add it to sheet securities, or correct it."),
            )
        )
    if line.text("employer_plan") in retired:
        found.append(line.fault("employer_plan", "This plan is retired.", "Choose another code."))
    for name in SAME_IN_ALL:
        others = {one.text(name) for one in lines if one.text("employer_plan") == line.text("employer_plan")}
        if len(others) > 1:
            found.append(
                line.fault(name, "It differs within the plan.", "Write the same in each of its rows.")
            )
    starts, ends = line.values.get("starts_on"), line.values.get("ends_on")
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        found.append(line.fault("ends_on", "It would leave the menu before it comes on.", "Check both days."))
    return found


def make(steps: list[Step], *, by: Actor, at: datetime) -> None:
    """Do the steps: plans first added or corrected, then the lines of their menus. Raises Refusal."""
    user_id = int(by.person_ref) if by.is_person else None
    for step in steps:
        values: Any = step.values
        plan = _plan(values, user_id=user_id, by=by, at=at)
        terms = Terms(
            starts_on=values["starts_on"],
            ends_on=values.get("ends_on"),
            closed_on=values.get("closed_on"),
            weight_min=values.get("weight_min"),
        )
        security = Security.objects.get(symbol=written(values["symbol"]))
        if step.before is None:
            employer_plans.add_fund(plan, security, terms, user_id=user_id, by=by, at=at)
            continue
        line = plan.funds.get(security=security, ended_at=None)
        if employer_plans.terms_of(line) != terms:
            employer_plans.change_fund(line, terms, user_id=user_id, by=by, at=at)


def put_in_plan(account: Account, code: str, *, reason: str, by: Actor, at: datetime) -> None:
    """Put an account in the employer's plan that its row names; an empty cell says nothing."""
    present = employer_plans.plan_of(account)
    if not code or (present is not None and present.code == code):
        return
    employer_plans.choose(
        account,
        EmployerPlan.objects.get(code=code),
        reason=reason,
        user_id=int(by.person_ref) if by.is_person else None,
        by=by,
        at=at,
    )


def _plan(values: Any, *, user_id: int | None, by: Actor, at: datetime) -> EmployerPlan:
    code, name, source = (written(values[one]) for one in ("employer_plan", *SAME_IN_ALL))
    plan = EmployerPlan.objects.filter(code=code).first()
    if plan is None:
        return employer_plans.add(code=code, name=name, source=source, user_id=user_id, by=by, at=at)
    if (plan.name, plan.source) != (name, source):
        return employer_plans.correct(plan, name=name, source=source, by=by, at=at)
    return plan
