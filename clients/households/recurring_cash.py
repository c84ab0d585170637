"""Money due again and again: rules, and the cash flows they make some weeks ahead.

A rule never changes. A change ends it and puts another in its place; what a person cancelled or marked as done stays so.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from clients.households import cash_flows
from clients.models import Account, CashFlow, CashFlowRule
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.market.calendars import CalendarError, new_york

AHEAD = timedelta(days=100)
"""How far ahead the occurrences of a rule are put on record; plans look 35 days ahead."""
MONTHS = {CashFlowRule.Every.MONTH: 1, CashFlowRule.Every.QUARTER: 3, CashFlowRule.Every.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule says."""

    account: Account
    kind: str
    amount: Decimal
    every: str
    day: int
    starts_on: date
    until_on: date | None
    count: int | None
    moved: str
    note: str


def days(
    *, every: str, day: int, starts_on: date, until_on: date | None, count: int | None, up_to: date
) -> Iterator[date]:
    """The days of a rule up to a day: the same day of each month, or the last day of a shorter month.

    The count runs from each rule's first day, so the days of a rule never depend on when they are asked for.
    """
    made, step = 0, MONTHS[CashFlowRule.Every(every)]
    month = starts_on.year * 12 + starts_on.month - 1
    last = up_to if until_on is None else min(up_to, until_on)
    while count is None or made < count:
        year, index = divmod(month, 12)
        on = date(year, index + 1, min(day, calendar.monthrange(year, index + 1)[1]))
        if on > last:
            return
        month += step
        if on >= starts_on:
            made += 1
            yield on
        elif step > 1:
            # The first day has passed in its month, so the rule starts one month later, not one period.
            month += 1 - step


def business_day(on: date, moved: str, *, not_before: date) -> date:
    """The business day of an occurrence. A move to the day before never goes before `not_before`.

    Raises `CalendarError` for a year whose holidays are not known yet.
    """
    market = new_york()
    if moved == CashFlowRule.Moved.BEFORE:
        before = market.session_on_or_before(on)
        if before >= not_before:
            return before
    return market.session_on_or_after(on)


@transaction.atomic
def begin(terms: Terms, *, user_id: int | None, by: Actor, at: datetime, on: date) -> CashFlowRule:
    """Record a rule and its occurrences of the next weeks.

    Raises `BadInput` for a rule that makes no cash flow at all.
    """
    rule = _make(terms, replaces=None, user_id=user_id, at=at)
    audit.record(
        audit.Action.CASH_RULE_ADDED,
        about=rule,
        by=by,
        at=at,
        sealing=[("cash_flow_rule", rule.pk)],
        **_facts(rule),
    )
    _generate(rule, on=on, by=by, at=at)
    return rule


@transaction.atomic
def change(
    rule: CashFlowRule, terms: Terms, *, user_id: int, by: Actor, at: datetime, on: date
) -> CashFlowRule:
    """Put another rule in the place of one, from the new rule's first day on.

    Open occurrences from that day are cancelled, and made again by the new rule. A month in which a person has cancelled
    the occurrence, or marked it as done, keeps it that way.
    """
    rule = _running(rule)
    if terms.account.household_id != rule.account.household_id:
        raise BadInput(
            "The account belongs to another household.", "End this rule and begin one in the other household."
        )
    if terms.starts_on < on:
        raise BadInput("A change takes effect today or later.", f"Choose {on:%m/%d/%Y} or a later day.")
    before = _facts(rule)
    settled = _settled(rule, since=terms.starts_on)
    _end(rule, reason="Changed", since=terms.starts_on, user_id=user_id, by=by, at=at)
    fresh = _make(terms, replaces=rule, user_id=user_id, at=at)
    after = _facts(fresh)
    audit.record(
        audit.Action.CASH_RULE_CHANGED,
        about=fresh,
        by=by,
        at=at,
        sealing=[("cash_flow_rule", fresh.pk), ("cash_flow_rule_ended", rule.pk)],
        replaces=rule.public_id,
        changed={
            name: {"before": str(before[name]), "after": str(value)}
            for name, value in after.items()
            if before[name] != value
        },
        **after,
    )
    _generate(fresh, on=on, by=by, at=at)
    _keep_settled(fresh, settled, user_id=user_id, by=by, at=at)
    return fresh


@transaction.atomic
def end(
    rule: CashFlowRule, *, reason: str, since: date, user_id: int | None, by: Actor, at: datetime
) -> CashFlowRule:
    """Stop a rule: its open occurrences from a day on are cancelled, and it makes no others.

    Raises `Conflict` for a rule that has ended, `BadInput` without a reason.
    """
    rule = _running(rule)
    if not reason.strip():
        raise BadInput("Say why the rule ends.", "Give a reason.")
    _end(rule, reason=reason.strip(), since=since, user_id=user_id, by=by, at=at)
    audit.record(
        audit.Action.CASH_RULE_ENDED,
        about=rule,
        by=by,
        at=at,
        sealing=[("cash_flow_rule_ended", rule.pk)],
        reason=rule.end_reason,
        since=since,
    )
    return rule


def generate(*, on: date, by: Actor, at: datetime) -> int:
    """Put the occurrences of the next weeks on record, for every rule. Running it again makes none twice.

    Returns how many were made. Each rule is one transaction, so a run that is killed loses nothing.
    """
    running = CashFlowRule.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True)
    return sum(_generate_one(key, on=on, by=by, at=at) for key in list(running))


@transaction.atomic
def _generate_one(key: int, *, on: date, by: Actor, at: datetime) -> int:
    rule = (
        CashFlowRule.objects.select_for_update(of=("self",))
        .select_related("account__household")
        .filter(pk=key, ended_at=None)
        .first()
    )
    return 0 if rule is None else _generate(rule, on=on, by=by, at=at)


def _generate(rule: CashFlowRule, *, on: date, by: Actor, at: datetime) -> int:
    there = set(rule.flows.values_list("occurs_on", flat=True))
    made = 0
    for occurs_on in _days(rule, up_to=on + AHEAD):
        if occurs_on in there:
            continue
        try:
            due_on = business_day(occurs_on, rule.moved, not_before=rule.starts_on)
        except CalendarError:
            # The holidays of that year are not known yet; the next version of the calendar makes it.
            break
        if rule.account.closed_on is not None and rule.account.closed_on <= due_on:
            break
        flow = CashFlow.objects.create(
            account=rule.account,
            kind=rule.kind,
            amount=rule.amount,
            due_on=due_on,
            note=rule.note,
            rule=rule,
            occurs_on=occurs_on,
            entered_by_id=rule.entered_by_id,
        )
        audit.record(
            audit.Action.CASH_NEED_ADDED,
            about=flow,
            by=by,
            at=at,
            sealing=[("cash_flow", flow.pk)],
            kind=flow.kind,
            amount=flow.amount,
            due_on=due_on,
            rule=rule.public_id,
        )
        made += 1
    return made


def _days(rule: CashFlowRule, *, up_to: date) -> Iterator[date]:
    return days(
        every=rule.every,
        day=rule.day,
        starts_on=rule.starts_on,
        until_on=rule.until_on,
        count=rule.count,
        up_to=up_to,
    )


def _make(terms: Terms, *, replaces: CashFlowRule | None, user_id: int | None, at: datetime) -> CashFlowRule:
    cash_flows.refuse_wrong_sign(terms.kind, terms.amount)
    cash_flows.refuse_closed(terms.account, on=terms.starts_on)
    if terms.until_on is not None and terms.until_on < terms.starts_on:
        raise BadInput("The rule would end before it starts.", "Choose a later last day.")
    first = next(
        days(
            every=terms.every,
            day=terms.day,
            starts_on=terms.starts_on,
            until_on=terms.until_on,
            count=terms.count,
            up_to=terms.starts_on + timedelta(days=400),
        ),
        None,
    )
    if first is None:
        raise BadInput(
            "No occurrence falls between the two days.",
            "Choose a later last day, or another day of the month.",
        )
    return CashFlowRule.objects.create(
        account=terms.account,
        kind=terms.kind,
        amount=terms.amount,
        every=terms.every,
        day=terms.day,
        starts_on=terms.starts_on,
        until_on=terms.until_on,
        count=terms.count,
        moved=terms.moved,
        note=terms.note,
        replaces=replaces,
        entered_by_id=user_id,
        entered_at=at,
    )


def _facts(rule: CashFlowRule) -> dict[str, object]:
    return {
        "account": rule.account.public_id,
        "kind": str(rule.kind),
        "amount": rule.amount,
        "every": str(rule.every),
        "day": rule.day,
        "starts_on": rule.starts_on,
        "until_on": rule.until_on,
        "count": rule.count,
        "moved": str(rule.moved),
        "note": rule.note,
    }


def _running(rule: CashFlowRule) -> CashFlowRule:
    locked: CashFlowRule = (
        CashFlowRule.objects.select_for_update(of=("self",))
        .select_related("account__household")
        .get(pk=rule.pk)
    )
    if locked.ended_at is not None:
        raise Conflict("This rule has ended.", "Begin a new one if money is due again.")
    return locked


def _end(
    rule: CashFlowRule, *, reason: str, since: date, user_id: int | None, by: Actor, at: datetime
) -> None:
    rule.ended_at, rule.ended_by_id, rule.end_reason = at, user_id, reason
    rule.save(update_fields=["ended_at", "ended_by", "end_reason"])
    for flow in rule.flows.filter(done_on=None, cancelled_at=None, occurs_on__gte=since).order_by(
        "due_on", "pk"
    ):
        cash_flows.cancel(flow, reason=f"Its rule ended: {reason}"[:200], user_id=user_id, by=by, at=at)


def _settled(rule: CashFlowRule, *, since: date) -> dict[tuple[int, int], str]:
    """The months from a day on in which a person has settled the occurrence, and how."""
    found: dict[tuple[int, int], str] = {}
    for flow in rule.flows.filter(occurs_on__gte=since.replace(day=1), replaced_by=None).order_by("pk"):
        assert flow.occurs_on is not None, "see cash_flow_of_a_rule_has_its_day"
        if flow.done_on is not None:
            found[flow.occurs_on.year, flow.occurs_on.month] = "Done under the earlier rule"
        elif flow.cancelled_at is not None:
            found[flow.occurs_on.year, flow.occurs_on.month] = "Cancelled under the earlier rule"
    return found


def _keep_settled(
    rule: CashFlowRule, settled: dict[tuple[int, int], str], *, user_id: int, by: Actor, at: datetime
) -> None:
    for flow in rule.flows.filter(done_on=None, cancelled_at=None).order_by("pk"):
        assert flow.occurs_on is not None, "see cash_flow_of_a_rule_has_its_day"
        if reason := settled.get((flow.occurs_on.year, flow.occurs_on.month)):
            cash_flows.cancel(flow, reason=reason, user_id=user_id, by=by, at=at)
