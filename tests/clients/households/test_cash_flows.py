"""Cash needs: corrected, cancelled, done; and the recurring ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.households import cash_flows, recurring_cash
from clients.households.recurring_cash import Terms
from clients.models import Account, CashFlow, CashFlowRule
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, loaded, the_millers

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


@pytest.fixture
def account() -> Account:
    the_millers()
    loaded(bundle())
    return Account.objects.get(tax_treatment="taxable")


def a_withdrawal(account: Account, amount: str = "-40000", due_on: date = date(2026, 12, 10)) -> CashFlow:
    return cash_flows.expect(
        account, kind="withdrawal", amount=D(amount), due_on=due_on, note="Roof", user_id=None, by=SET_UP,
        at=SUNDAY_NOON,
    )  # fmt: skip


def corrected(flow: CashFlow, ana: Any, **changes: Any) -> CashFlow:
    values = {
        "account": flow.account, "kind": flow.kind, "amount": flow.amount, "due_on": flow.due_on, "note": flow.note,
        **changes,
    }  # fmt: skip
    return cash_flows.correct(flow, **values, user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON)


def open_flows() -> list[tuple[str, str]]:
    rows = CashFlow.objects.filter(done_on=None, cancelled_at=None).order_by("due_on", "pk")
    return [(row.due_on.isoformat(), f"{row.amount:f}") for row in rows]


def test_a_correction_takes_the_place_of_what_was_typed(account: Account, ana: Any) -> None:
    typed = a_withdrawal(account, "-400000")

    fixed = corrected(typed, ana, amount=D("-40000"))

    typed.refresh_from_db()
    assert (typed.amount, typed.cancel_reason, typed.cancelled_by) == (D("-400000"), "Corrected", ana)
    assert (fixed.amount, fixed.replaces, open_flows()) == (D("-40000"), typed, [("2026-12-10", "-40000.00")])
    event = audit.trail(about=fixed).get()
    assert event.action == audit.Action.CASH_NEED_CHANGED
    assert '"amount":{"after":"-40000","before":"-400000.00"}' in event.facts


def test_what_is_cancelled_counts_no_more_and_stays_on_record(account: Account, ana: Any) -> None:
    flow = a_withdrawal(account)

    cash_flows.cancel(
        flow, reason="The client paid it herself.", user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON
    )

    flow.refresh_from_db()
    assert (flow.is_open, flow.cancel_reason, open_flows()) == (False, "The client paid it herself.", [])
    assert audit.differences(about=[flow]) == []


def test_what_is_done_counts_no_more(account: Account, ana: Any) -> None:
    flow = a_withdrawal(account)

    cash_flows.mark_done(flow, done_on=TODAY, user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON)

    flow.refresh_from_db()
    assert (flow.done_on, flow.done_by, open_flows()) == (TODAY, ana, [])


@pytest.mark.parametrize("settled", ["done", "cancelled"])
def test_what_is_settled_is_neither_corrected_cancelled_nor_done_again(
    account: Account, ana: Any, settled: str
) -> None:
    flow = a_withdrawal(account)
    by = {"user_id": ana.pk, "by": Actor.person(ana), "at": SUNDAY_NOON}
    if settled == "done":
        cash_flows.mark_done(flow, done_on=TODAY, **by)
    else:
        cash_flows.cancel(flow, reason="No.", **by)

    with pytest.raises(Conflict):
        corrected(flow, ana, amount=D("-1"))
    with pytest.raises(Conflict):
        cash_flows.cancel(flow, reason="Again.", **by)
    with pytest.raises(Conflict):
        cash_flows.mark_done(flow, done_on=TODAY, **by)


def test_a_correction_changes_something_and_keeps_the_sign(account: Account, ana: Any) -> None:
    flow = a_withdrawal(account)

    with pytest.raises(BadInput, match="Nothing is changed"):
        corrected(flow, ana)
    with pytest.raises(BadInput, match="must be less than zero"):
        corrected(flow, ana, amount=D("40000"))
    with pytest.raises(BadInput, match="needs a reason"):
        cash_flows.cancel(flow, reason="  ", user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON)
    assert open_flows() == [("2026-12-10", "-40000.00")]


def test_the_database_keeps_what_was_typed(account: Account) -> None:
    flow = a_withdrawal(account)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE clients_cashflow SET amount = -1 WHERE id = %s", [flow.pk])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE clients_cashflow SET done_on = '2026-12-01', cancelled_at = now()")


# ── Recurring ────────────────────────────────────────────────────────────────────────────────────


def terms(account: Account, **changes: Any) -> Terms:
    return Terms(
        **{
            "account": account, "kind": "withdrawal", "amount": D("-3000"), "every": "month", "day": 1,
            "starts_on": date(2026, 12, 1), "until_on": None, "count": None, "moved": "before", "note": "Living",
            **changes,
        }
    )  # fmt: skip


def a_rule(account: Account, ana: Any, **changes: Any) -> CashFlowRule:
    return recurring_cash.begin(
        terms(account, **changes), user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON, on=TODAY
    )


def run(on: date = TODAY) -> int:
    return recurring_cash.generate(on=on, by=Actor.system("recurring cash needs"), at=SUNDAY_NOON)


def test_a_rule_puts_the_next_weeks_on_record_and_moves_weekends(account: Account, ana: Any) -> None:
    a_rule(account, ana)

    # January 1 is a holiday, and February 1, 2027 is a Monday.
    assert open_flows() == [
        ("2026-12-01", "-3000.00"), ("2026-12-31", "-3000.00"), ("2027-02-01", "-3000.00"), ("2027-03-01", "-3000.00"),
    ]  # fmt: skip


def test_the_job_makes_nothing_twice_and_goes_on_as_time_passes(account: Account, ana: Any) -> None:
    a_rule(account, ana)

    assert (run(), run()) == (0, 0)
    assert (run(date(2027, 1, 20)), run(date(2027, 1, 20))) == (1, 0)
    assert len(open_flows()) == 5


def test_an_occurrence_that_was_cancelled_stays_cancelled(account: Account, ana: Any) -> None:
    rule = a_rule(account, ana)
    january = rule.flows.get(occurs_on=date(2027, 1, 1))
    cash_flows.cancel(january, reason="Skiing is off.", user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON)

    assert run() == 0
    assert [due for due, _ in open_flows()] == ["2026-12-01", "2027-02-01", "2027-03-01"]


def test_an_occurrence_that_was_corrected_is_not_made_again(account: Account, ana: Any) -> None:
    rule = a_rule(account, ana)
    corrected(rule.flows.get(occurs_on=date(2027, 1, 1)), ana, amount=D("-9000"))

    assert run() == 0
    assert ("2026-12-31", "-9000.00") in open_flows()
    assert len(open_flows()) == 4


def test_a_change_makes_the_occurrences_again_from_its_first_day(account: Account, ana: Any) -> None:
    rule = a_rule(account, ana)
    february = rule.flows.get(occurs_on=date(2027, 2, 1))
    cash_flows.cancel(
        february, reason="Not in February.", user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON
    )

    fresh = recurring_cash.change(
        rule, terms(account, amount=D("-3500"), day=15, starts_on=date(2027, 1, 15), moved="after"),
        user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON, on=TODAY,
    )  # fmt: skip

    # The old rule's January 1 stays, since the new one begins after it; February stays cancelled.
    assert open_flows() == [
        ("2026-12-01", "-3000.00"), ("2026-12-31", "-3000.00"), ("2027-01-15", "-3500.00"),
    ]  # fmt: skip
    kept = fresh.flows.get(occurs_on=date(2027, 2, 15))
    assert kept.cancel_reason == "Cancelled under the earlier rule"
    assert run(date(2026, 12, 10)) == 1  # March 15.
    event = audit.trail(about=fresh).get(action=audit.Action.CASH_RULE_CHANGED)
    assert '"amount":{"after":"-3500","before":"-3000.00"}' in event.facts


def test_a_rule_that_ends_takes_its_open_occurrences_along(account: Account, ana: Any) -> None:
    rule = a_rule(account, ana)
    december = rule.flows.get(occurs_on=date(2026, 12, 1))
    cash_flows.mark_done(
        december, done_on=date(2026, 12, 1), user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON
    )

    recurring_cash.end(
        rule, reason="The house is sold.", since=TODAY, user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON
    )

    assert (open_flows(), run(date(2027, 3, 1))) == ([], 0)
    assert rule.flows.filter(cancelled_at__isnull=False).count() == 3
    with pytest.raises(Conflict, match="has ended"):
        recurring_cash.end(
            rule, reason="x", since=TODAY, user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON
        )
    assert audit.differences(about=[rule, *rule.flows.all()]) == []


def test_a_count_and_a_last_day_end_a_rule_by_themselves(account: Account, ana: Any) -> None:
    rule = a_rule(account, ana, count=2)
    other = a_rule(account, ana, until_on=date(2027, 1, 1), kind="distribution", amount=D("-1"))

    assert run(date(2028, 1, 1)) == 0
    assert [len(one.flows.all()) for one in (rule, other)] == [2, 2]


def test_a_rule_that_would_never_fall_due_is_refused(account: Account, ana: Any) -> None:
    with pytest.raises(BadInput, match="No occurrence"):
        a_rule(account, ana, starts_on=date(2026, 12, 2), until_on=date(2026, 12, 20))
    with pytest.raises(BadInput, match="end before it starts"):
        a_rule(account, ana, until_on=date(2026, 11, 1))
    assert not CashFlowRule.objects.exists()


def test_two_runs_at_once_make_each_occurrence_once(account: Account, ana: Any) -> None:
    """The database refuses a second row for the same occurrence, whatever ran."""
    rule = a_rule(account, ana)
    first = rule.flows.order_by("occurs_on")[0]

    with pytest.raises(IntegrityError, match="one_cash_flow_an_occurrence"), transaction.atomic():
        CashFlow.objects.create(
            account=account, kind="withdrawal", amount=D("-3000"), due_on=first.due_on, rule=rule,
            occurs_on=first.occurs_on,
        )  # fmt: skip


def test_a_run_that_is_killed_loses_nothing_and_the_next_one_goes_on(
    account: Account, ana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule is a transaction of its own: what was made before the kill stays, what was half made does not."""
    first, second = a_rule(account, ana), a_rule(account, ana, day=15, starts_on=date(2026, 12, 15))
    later = date(2027, 3, 20)  # Three more occurrences of each rule.
    create, made = CashFlow.objects.create, []

    def killed_at_the_fifth(**values: Any) -> CashFlow:
        made.append(values)
        if len(made) == 5:
            raise KeyboardInterrupt
        return create(**values)

    monkeypatch.setattr(CashFlow.objects, "create", killed_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        run(later)
    monkeypatch.undo()

    assert [one.flows.count() for one in (first, second)] == [7, 3]
    assert (run(later), run(later)) == (4, 0)
    assert [one.flows.count() for one in (first, second)] == [7, 7]
