"""The small firm with one decided thing of every kind, for tests that edit each of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from advisory.people import invitations, roles, tokens
from clients.holdings import lot_corrections
from clients.households import (
    account_records,
    bindings,
    books,
    cash_flows,
    distribution_facts,
    employer_plans,
    holds,
    life_events,
    recurring_cash,
)
from clients.imports import file_undoing
from clients.models import Price, Restatement, Security
from clients.policies import client_restrictions, model_schedules, restriction_terms, templates
from clients.restatements import restatements
from clients.securities import decisions, price_disputes, security_facts
from compliance import clock, examiners, restrictions
from compliance.audit_trail import audit
from compliance.doors import reviewing
from compliance.models import ChangeRequest, ListKind, Review, Verdict
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.review_desk import threads
from rebalancing.client_reports import telling
from rebalancing.execution import (
    cancels,
    order_layouts,
    orders,
    participation,
    replacing,
    routes,
    trading_stops,
)
from rebalancing.execution.participation import DaySlice
from rebalancing.execution.reports import Kind
from rebalancing.fills import breaks, fills
from rebalancing.models import Alarm, BatchFile, Block, Break, Proposal
from rebalancing.monitors import acknowledgements, alarms
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.watching import Found
from rebalancing.proposals import approval_batches, comparisons, frontier_plans, proposals
from rebalancing.reconciliation import trade_errors
from rebalancing.waiting import overrides
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import actions, distributions, register_rows, released, tax_facts, the_firm
from tests.factories.at_doors import acted
from tests.factories.bundles import table
from tests.factories.decided_names import named_moved_and_connected
from tests.factories.households import SET_UP, loaded
from tests.factories.model_versions import scheduled
from tests.factories.the_firm import TheFirm
from tests.pages import as_


def _an_answered_alarm(firm: TheFirm) -> None:
    """An alarm that was acknowledged, and then for longer."""
    found = Found("idle_cash", firm.millers.pk, "", "Cash lies idle.", {"days_idle": "12", "most": "10"})
    alarms.settle((found,), Firm(SUNDAY_NOON), by=Actor.system("monitors"), at=SUNDAY_NOON)
    for until_on in (date(2026, 12, 1), date(2026, 12, 8)):
        acknowledgements.acknowledge(
            Alarm.objects.get(), reason="Waits for a purchase.", until_on=until_on, on=LAST_FRIDAY,
            user_id=firm.ana.pk, by=Actor.person(firm.ana), at=SUNDAY_NOON,
        )  # fmt: skip


def _over_two_days(
    room: object, security: Security, side: str, quantity: Decimal, *, first: date
) -> list[DaySlice]:
    """Sales are sent in two slices, so that there are slices, and purchases that wait."""
    if side == "buy" or quantity <= 2:
        return [DaySlice(first, quantity)]
    return [DaySlice(first, quantity - 1), DaySlice(first + timedelta(days=1), Decimal(1))]


def a_decided_firm() -> TheFirm:
    """The small firm, with one decided thing of every kind."""
    with mock.patch.object(participation.Room, "cut", _over_two_days):
        firm = the_firm.build()
    ana, cora, rui = Actor.person(firm.ana), Actor.person(firm.cora), Actor.person(firm.rui)
    account = firm.millers.accounts.order_by("pk")[0]
    cash_flows.expect(
        account, kind="withdrawal", amount=Decimal(-900), due_on=date(2027, 9, 1), note="",
        user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON,
    )  # fmt: skip
    hold = {
        "account": account, "security": None, "kind": "advisor", "reason": "A transfer.", "user_id": firm.ana.pk,
        "starts_on": date(2026, 12, 1), "expires_on": date(2026, 12, 9), "by": ana, "at": SUNDAY_NOON,
    }  # fmt: skip
    holds.place(firm.millers, **hold)
    lifted = holds.place(firm.millers, **hold)
    holds.lift(lifted, user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON)
    _settled_facts(firm, account, hold)
    _asked_and_listed(firm, account)
    register_rows.one_ended_of_each(firm.millers, person=firm.ana)
    _overridden(firm)
    tax_facts.one_of_each_end(account, firm.ana)
    _an_answered_alarm(firm)
    comparisons.ensure(proposals.current(firm.proposal), at=SUNDAY_NOON)
    frontier_plans.ensure(proposals.current(firm.proposal), at=SUNDAY_NOON)
    life_events.record(
        firm.nobles,
        kind="marriage",
        opened_on=date(2026, 11, 1),
        person=None,
        note="",
        document="A certificate",
        by=ana,
        at=SUNDAY_NOON,
    )
    stock, broad = (Security.objects.get(symbol=symbol) for symbol in ("ZUS", "ZUB"))
    decisions.decide_wash_group(stock, code="us", reason="Alike.", by=cora, at=SUNDAY_NOON)
    decisions.approve_replacement(stock, broad, by=cora, at=SUNDAY_NOON)
    disputed = Price.objects.filter(security=broad)[0]
    Price.objects.filter(pk=disputed.pk).update(standing=Price.Standing.DISPUTED, disputed_with=Decimal(1))
    price_disputes.decide(disputed, accept=True, reason="Looked it up.", by=cora, at=SUNDAY_NOON)
    listed = {
        "on_record": ("Bigcorp", "Smallcorp"),
        "kind": ListKind.WATCH,
        "starts_on": date(2026, 11, 1),
        "reason": "Talks.",
        "at": SUNDAY_NOON,
    }
    restrictions.place("Bigcorp", by=cora, **listed)
    off = restrictions.place("Smallcorp", by=cora, **listed)
    restrictions.lift(off, "Over.", by=Actor.person(cast.nina()), at=SUNDAY_NOON)
    for text in ("Less, please.", "And in the IRA."):
        proposals.request_changes(firm.proposal, seen=firm.fingerprint, text=text, by=rui, at=SUNDAY_NOON)
        if not ChangeRequest.objects.exclude(lifted_at=None).exists():
            proposals.lift(firm.proposal, ChangeRequest.objects.get(), by=rui, at=SUNDAY_NOON)
    terms_of_access: dict[str, Any] = {
        "since_on": date(2026, 1, 1),
        "until_on": LAST_FRIDAY,
        "reason": "Examination 2026-114.",
        "by": cora,
        "at": SUNDAY_NOON,
    }
    admitted = examiners.open_access(
        cast.someone("Eve").pk,
        household_ref=firm.millers.public_id,
        ends_on=date(2026, 12, 31),
        **terms_of_access,
    )
    narrowed = examiners.change(admitted, ends_on=date(2026, 12, 1), **terms_of_access)
    examiners.open_access(narrowed.examiner_id, household_ref="", ends_on=MONDAY, **terms_of_access)
    by_ada = Actor.person(firm.ada)
    invited = invitations.invite(
        "ines@firm.example", name="Ines", roles=[Role.TRADER], by=by_ada, at=SUNDAY_NOON
    )
    invitations.withdraw(invited.user, reason="Not coming.", by=by_ada, at=SUNDAY_NOON)
    for name in ("import", "former import"):
        made = tokens.make(name, ["files:import"], expires_on=MONDAY, by=by_ada, at=SUNDAY_NOON)
    tokens.retire(made.token, reason="Replaced.", by=by_ada, at=SUNDAY_NOON)
    coverage = books.cover(
        firm.ana, covered_by=firm.otto, part="advisor", starts_on=MONDAY, ends_on=MONDAY, reason="Away.",
        on=LAST_FRIDAY, by=by_ada, at=SUNDAY_NOON,
    )  # fmt: skip
    books.end_coverage(coverage, by=by_ada, at=SUNDAY_NOON)
    roles.grant(firm.ada, Role.TRADER, by=firm.cora, at=SUNDAY_NOON)
    roles.revoke(firm.ada, Role.TRADER, by=firm.cora, at=SUNDAY_NOON)
    review = proposals.current(firm.proposal).review
    assert review is not None
    thread = threads.comment(review, "And why ZBD?", by=rui, at=SUNDAY_NOON)
    threads.resolve(thread, by=ana, at=SUNDAY_NOON)
    _decided_by_the_firm(firm)
    stop = trading_stops.place("firm", reason="A fat finger.", by=Actor.person(firm.tom), at=SUNDAY_NOON)
    trading_stops.lift(stop, reason="Found.", by=rui, at=SUNDAY_NOON)
    _traded(firm)
    # Once its blocks are over: a block in the shares of before an action does not go out.
    actions.agreed()
    scheduled(firm.model)
    model_schedules.reschedule(
        firm.model, effective_on=date(2026, 12, 8), reason="Later.", by=rui, at=SUNDAY_NOON
    )
    model_schedules.call_off(firm.model, reason="Not now.", user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON)
    named_moved_and_connected(firm)
    audit.write_checkpoint(by=Actor.system("write_checkpoint"), at=SUNDAY_NOON)
    return firm


def _traded(firm: TheFirm) -> None:
    """Approvals in a batch, a block that was filled, a report that nobody could place, and an error in trading that was settled."""
    tom, rui = Actor.person(firm.tom), Actor.person(firm.rui)
    proposal = Proposal.objects.order_by("pk")[0]
    seen = proposals.current(proposal).fingerprint
    approval_batches.start(
        [(proposal, seen)], text="Agreed.", acknowledges_notes=True, by=rui, at=SUNDAY_NOON
    )
    block = Block.objects.filter(side="sell").order_by("pk")[0]
    if block.sent_at is None:
        for file in BatchFile.objects.filter(release=block.release, kind=BatchFile.Kind.ORDERS):
            orders.mark_exported(file, by=tom, at=SUNDAY_NOON)
    fills.take(released.told(block, Kind.FILL, "f1", "1", "99.50"), at=SUNDAY_NOON)
    with mock.patch.object(replacing, "refusal", return_value=None), mock.patch.object(routes, "replace"):
        replacing.ask(
            block,
            quantity=block.quantity - 1,
            limit=block.limit_price,
            reason="Less.",
            by=tom,
            at=SUNDAY_NOON,
        )
    stated = {"ordered": block.quantity - 1, "ordered_limit": block.limit_price}
    fills.take(released.told(block, Kind.REPLACED, "p1", minute=5, **stated), at=SUNDAY_NOON)
    layout = order_layouts.Terms("Ours", "A = account\nS = symbol\nQ = quantity", True, ",", "Its desk.")
    order_layouts.make("schwab", "orders", layout, user_id=firm.tom.pk, by=tom, at=SUNDAY_NOON)
    fills.take(released.told(block, Kind.DONE_FOR_DAY, "d1", minute=9), at=SUNDAY_NOON)
    for other in Block.objects.exclude(pk=block.pk).order_by("pk"):
        if other.state == Block.State.HELD:
            cancels.cancel(other, reason="Its day does not come.", by=tom, at=SUNDAY_NOON)
        else:
            fills.take(released.told(other, Kind.REJECTED, f"r{other.pk}"), at=SUNDAY_NOON)
    telling.tell_due(
        by=Actor.system("client reports"), now=lambda: SUNDAY_NOON, until=SUNDAY_NOON + timedelta(minutes=1)
    )
    parked = fills.take(
        released.told(block, Kind.FILL, "f2", "1", "99.50", reference="NOBODY"), at=SUNDAY_NOON
    ).fill
    breaks.explain(
        Break.objects.get(fill=parked), reason="Another firm's.", user_id=firm.tom.pk, by=tom, at=SUNDAY_NOON
    )
    order = block.orders.select_related("account", "security").order_by("pk")[0]
    error = trade_errors.record(
        order.account,
        trade_errors.Mistake("twice", MONDAY, "Entered twice.", order),
        user_id=firm.tom.pk,
        by=tom,
        at=SUNDAY_NOON,
    )
    moved = trade_errors.Moved("Firm errors", order.security, Decimal(2), Decimal(100), MONDAY)
    trade_errors.move(error, moved, user_id=firm.tom.pk, by=tom, at=SUNDAY_NOON)
    terms = trade_errors.Correction("Bought back.", MONDAY, Decimal(-12), MONDAY)
    trade_errors.correct(error, terms, user_id=firm.tom.pk, by=tom, at=SUNDAY_NOON)
    trade_errors.approve(error, user_id=firm.rui.pk, by=rui, at=SUNDAY_NOON)


def _decided_by_the_firm(firm: TheFirm) -> None:
    """A setting changed by two people, a template in two versions, a security decided, a file taken back."""
    rui, cora = Actor.person(firm.rui), Actor.person(firm.cora)
    url = "/settings/triggers/change/"
    form = as_(firm.ada).get(url).context["page"].form
    typed = {one.name: one.value() for one in form} | {"longest": "60", "reason": "Agreed."}
    acted(firm.ada, url, **{name: value for name, value in typed.items() if value not in (None, False)})
    review = Review.objects.get(subject_kind="setting")
    reviewing.decide(review, Verdict.APPROVED, seen=review.fingerprint, text="", by=cora, at=clock.now())
    shipped = next(iter(templates.SHIPPED.values()))
    for _ in range(2):
        templates.make(code="ours", name="Ours", content=shipped.content, by=rui, at=SUNDAY_NOON)
    stock = Security.objects.get(symbol="ZUS")
    security_facts.decide(stock, facts={"issuer": "Zed"}, reason="Its prospectus.", by=cora, at=SUNDAY_NOON)
    file = loaded(table("prices", [f"ZUS,{MONDAY},84.10,generated"]), name="monday.csv")
    file_undoing.undo(
        file, reason="The wrong day.", user_id=firm.tom.pk, by=Actor.person(firm.tom), at=SUNDAY_NOON
    )


def _asked_and_listed(firm: TheFirm, account: Any) -> None:
    """A restriction of each end, and an employer's plan that was given up."""
    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    stock = Security.objects.get(symbol="ZUS")
    asked: dict[str, Any] = {
        "kind": "keep", "security": stock, "reason": "Hers.", "asked_by": "Mia", "asked_on": date(2026, 11, 1),
        "starts_on": date(2026, 11, 1),
    }  # fmt: skip
    standing, _ = (
        client_restrictions.record(
            firm.millers, restriction_terms.Terms(**asked, ends_on=ends_on), on=date(2026, 11, 2), **acts
        )
        for ends_on in (date(2027, 11, 20), date(2026, 11, 20))
    )
    client_restrictions.expire(on=date(2026, 11, 22), by=SET_UP, at=SUNDAY_NOON)
    client_restrictions.cancel(standing, reason="She sells.", **acts)
    plan = employer_plans.add(code="acme", name="Acme", source="Lineup", **acts)
    fund = employer_plans.add_fund(plan, stock, employer_plans.Terms(starts_on=date(2026, 1, 1)), **acts)
    employer_plans.end_fund(fund, reason="Dropped.", **acts)
    employer_plans.choose(account, plan, reason="", **acts)
    employer_plans.choose(account, None, reason="Left.", **acts)
    employer_plans.retire(plan, reason="Closed.", **acts)
    terms = distributions.terms(firm.millers, by=firm.ana)
    distribution_facts.retract_terms(terms, reason="Wrong account.", **acts)
    distributions.terms(firm.millers, by=firm.ana)
    figure = distributions.balance(firm.millers, by=firm.ana)
    distribution_facts.retract_figure(figure, reason="Another year.", **acts)
    distributions.balance(firm.millers, by=firm.ana)


def _overridden(firm: TheFirm) -> None:
    """Two decisions to trade anyway, one ended."""
    with mock.patch.object(overrides, "standing", return_value=dict.fromkeys(overrides.CODES, "Wait.")):
        made = [
            overrides.make(
                firm.nobles,
                code=code,
                reason="The client asked for it.",
                expires_on=MONDAY,
                on=SUNDAY_NOON.date(),
                user_id=firm.ana.pk,
                by=Actor.person(firm.ana),
                at=SUNDAY_NOON,
            )
            for code in list(overrides.CODES)[:2]
        ]
    ana: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    overrides.end(made[0], reason="Enough.", on=MONDAY, **ana)


def _settled_facts(firm: TheFirm, account: Any, hold: dict[str, Any]) -> None:
    """A cash need that was cancelled, a rule that has ended, a hold that is over, a life event that is resolved."""
    ana = Actor.person(firm.ana)
    terms = recurring_cash.Terms(
        account=account, kind="withdrawal", amount=Decimal(-900), every="year", day=1, starts_on=date(2027, 9, 1),
        until_on=None, count=None, moved="after", note="",
    )  # fmt: skip
    rule = recurring_cash.begin(terms, user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON, on=date(2027, 8, 1))
    recurring_cash.end(
        rule, reason="Over.", since=date(2027, 8, 1), user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON
    )
    holds.place(
        firm.nobles,
        **{**hold, "account": None, "starts_on": date(2026, 9, 1), "expires_on": date(2026, 10, 1)},
    )
    holds.expire(on=date(2026, 11, 22), by=SET_UP, at=SUNDAY_NOON)
    tom: dict[str, Any] = {"user_id": firm.tom.pk, "by": Actor.person(firm.tom), "at": SUNDAY_NOON}
    bound = bindings.bind(custodian=account.custodian, mask="...001", label="", account=account, **tom)
    bindings.end(bound, reason="The other one.", **tom)
    account_records.renumber(account, number="11110009", why="corrected", on=date(2026, 11, 22), **tom)
    lot = account.lots.order_by("pk")[0]
    restated = Restatement.objects.create(
        account=account, security=lot.security, lot=lot, source_file=lot.source_file, as_of_on=lot.as_of_on,
        is_past_day=True, cause="unknown", was_quantity=lot.quantity, quantity=lot.quantity, was_basis=lot.basis,
        basis=7, found_at=SUNDAY_NOON,
    )  # fmt: skip
    ana_says: dict[str, Any] = {"user_id": firm.ana.pk, "by": ana, "at": SUNDAY_NOON}
    restatements.see(restated, seen_as="custodian_error", remark="Asked on Monday.", **ana_says)
    decided = lot_corrections.Decided(lot.acquired_on, Decimal(7), "covered", "A statement.")
    by: dict[str, Any] = {"by": Actor.person(firm.cora), "at": SUNDAY_NOON}
    correction = lot_corrections.correct(lot, decided, asked_by_id=firm.ana.pk, **by)
    lot_corrections.withdraw(correction, reason="The other lot.", **by)
    event = life_events.record(
        firm.nobles,
        kind="retirement",
        opened_on=date(2026, 11, 1),
        person=None,
        note="",
        by=ana,
        at=SUNDAY_NOON,
    )
    life_events.resolve(
        event,
        resolved_on=date(2026, 11, 2),
        reason="Planned for.",
        user_id=firm.ana.pk,
        by=ana,
        at=SUNDAY_NOON,
    )
