"""The proposal's pages: what a reviewer sees, every step of the decision, and every refusal in words."""

from __future__ import annotations

import json
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Account, Price
from compliance.audit_trail import audit
from compliance.models import Approval, Comment, FindingRow, SeverityLevel
from rebalancing.models import Proposal
from rebalancing.proposals import proposals, revisions
from tests import cast
from tests.factories.deciding import answer_findings
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import looking_twice
from tests.pages import as_, page_of, words_of
from tests.queries import of_the_page

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    looking_twice()
    made.propose()
    return made


def url(desk: Desk, name: str = "proposal", *more: Any) -> str:
    return reverse(f"rebalancing:{name}", args=[desk.proposal.public_id, *more])


def the_plan(desk: Desk) -> Any:
    """The stored plan of the revision that counts."""
    return revisions.plan_of(proposals.current(desk.proposal))


# ── What it shows ────────────────────────────────────────────────────────────────────────────────


def test_the_headings_alone_tell_drift_tax_and_blockers(desk: Desk) -> None:
    answer = as_(desk.rui).get(url(desk))

    page = page_of(answer)
    assert page.header.heading == "Bring Miller back inside its bands: 2 trades, no tax"
    by_label = {figure.label: figure for figure in page.outcome.figures}
    assert (by_label["Worst drift"].before, by_label["Classes out of band"].value) == ("+18.5\u00a0pts", "0")
    assert by_label["Estimated tax"].value == "$0"
    assert "2 need a reason, 42 of 43 checks in order" in words_of(answer)


def test_the_trades_are_told_by_account_security_and_lot_with_their_reasons(desk: Desk) -> None:
    page = page_of(as_(desk.rui).get(url(desk)))

    plan = the_plan(desk)
    shown = [
        (account.name, order.side, order.symbol, order.shares, order.amount)
        for account in page.trades.accounts
        for order in account.orders
    ]
    names = {account.public_id: account.name for account in Account.objects.all()}
    assert shown == [
        (names[one.account], one.side.value, one.security, one.shares, one.amount) for one in plan.orders
    ]
    sale = page.trades.accounts[0].orders[0]
    assert sale.reason == "Back to its band"
    assert sale.without.startswith("Without it")
    assert sum(lot.shares for lot in sale.lots) == sale.shares


def test_before_and_after_are_those_of_the_stored_plan(desk: Desk) -> None:
    page = page_of(as_(desk.rui).get(url(desk)))

    plan = the_plan(desk)
    weights = {(bar.label, bar.before, bar.after) for group in page.outcome.allocations for bar in group.bars}
    names = {"us_stock": "US stocks", "us_bond": "US bonds", "cash": "Cash"}
    after = {one.asset_class: one.weight for one in plan.after.classes}
    assert weights == {
        (names[one.asset_class], one.weight, after[one.asset_class]) for one in plan.before.classes
    }
    assert page.alternatives.gap.startswith("No plan under these rules does better by more than $")


def test_other_ways_to_do_it_stand_beside_the_plan_with_their_own_figures(desk: Desk) -> None:
    page = page_of(as_(desk.rui).get(url(desk)))

    told = [(row.name, row.is_proposed) for row in page.alternatives.ways]
    assert told[:3] == [("This proposal", True), ("Do nothing", False), ("No realized gain", False)]
    assert page.alternatives.ways[1].orders == 0
    assert page.alternatives.ways[0].out_of_band == 0


def test_both_documents_can_be_taken_byte_for_byte_and_that_is_on_the_trail(desk: Desk) -> None:
    revision = proposals.current(desk.proposal)
    rui = as_(desk.rui)

    taken = [
        rui.get(url(desk, "revision_document", 1, name)).content.decode() for name in ("household", "plan")
    ]

    assert taken == [revision.household_document, revision.plan_document]
    exported = audit.trail(about=desk.proposal).filter(action=audit.Action.DATA_EXPORTED)
    assert [json.loads(event.facts)["document"] for event in exported] == ["household", "plan"]
    assert rui.get(url(desk, "revision_document", 1, "secrets")).status_code == 404


def test_opening_it_is_on_the_trail_and_not_in_its_timeline(desk: Desk) -> None:
    rui = as_(desk.rui)
    rui.get(url(desk))

    page = page_of(rui.get(url(desk)))
    assert audit.trail(about=desk.proposal).filter(action=audit.Action.PROPOSAL_VIEWED).count() == 2
    assert [event.sentence for event in page.talk.events] == ["Proposal drafted"]


def test_it_costs_the_same_number_of_queries_however_much_is_said(desk: Desk) -> None:
    rui = as_(desk.rui)
    rui.get(url(desk))
    with CaptureQueriesContext(connection) as before:
        rui.get(url(desk))
    for number in range(4):
        rui.post(
            url(desk, "decide"),
            {"verdict": "comment", "text": f"Note {number}", "seen": desk.seen()},
        )
    with CaptureQueriesContext(connection) as after:
        rui.get(url(desk))

    asked = of_the_page(before.captured_queries)
    assert len(asked) <= 16, asked
    assert len(after) == len(before)


@pytest.mark.parametrize("who", ["max_", "carl", "ada"])
def test_it_is_not_found_by_people_outside_its_scope(desk: Desk, who: str) -> None:
    client = as_(getattr(cast, who)())

    assert [client.get(url(desk, name)).status_code for name in ("proposal", "approve")] == [404, 404]
    assert client.post(url(desk, "decide"), {}).status_code == 404


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────


def test_the_check_page_lists_what_blocks_and_offers_no_button(desk: Desk) -> None:
    answer = as_(desk.rui).post(
        url(desk, "decide"), {"verdict": "approve", "seen": desk.seen(), "text": "Looks right."}
    )

    page = page_of(answer)
    assert [str(cause)[:7] for cause in page.blockers] == ["PTC-43:", "PTC-43:"]
    assert "2 blockers to settle first" in words_of(answer)
    assert "Approve exactly this" not in words_of(answer)


def test_an_approval_restates_what_is_approved_and_ends_on_a_page_with_a_reference(desk: Desk) -> None:
    answer_findings(desk.proposal)
    rui = as_(desk.rui)

    check = rui.post(url(desk, "decide"), {"verdict": "approve", "seen": desk.seen(), "text": "Looks right."})
    assert (page_of(check).heading, page_of(check).blockers) == ("Approve 2 trades for Miller?", ())
    assert "Looks right." in words_of(check)
    answer = rui.post(url(desk, "approve"), {"seen": desk.seen(), "text": "Looks right."}, follow=True)

    approval = Approval.objects.get(subject_kind="proposal")
    assert page_of(answer).approval == approval
    assert approval.public_id in words_of(answer)
    assert approval.decision.text == "Looks right."
    again = rui.get(reverse("rebalancing:approval", args=[approval.public_id]))
    assert page_of(again).approval == approval
    assert desk.proposal.state == Proposal.State.APPROVED


def test_an_approval_of_something_else_than_what_was_seen_is_refused_in_words(desk: Desk) -> None:
    answer_findings(desk.proposal)

    answer = as_(desk.rui).post(url(desk, "approve"), {"seen": "0" * 64, "text": ""})

    assert answer.status_code == 409
    assert "What you were shown is not what is in review now." in words_of(answer)
    assert desk.proposal.state == Proposal.State.IN_REVIEW


def test_only_the_trading_desk_is_shown_the_way_to_release(desk: Desk) -> None:
    desk.approve()

    release = reverse("rebalancing:release", args=[desk.proposal.public_id])
    assert page_of(as_(desk.tom).get(url(desk))).decision.release_url == release
    assert page_of(as_(desk.rui).get(url(desk))).decision.release_url == ""


def test_a_form_without_a_fingerprint_comes_back(desk: Desk) -> None:
    answer_findings(desk.proposal)

    answer = as_(desk.rui).post(url(desk, "approve"), {"text": "Fine."})

    assert answer.status_code == 422
    assert "The form had no fingerprint." in words_of(answer)


def test_a_price_that_moved_makes_it_stale_and_says_what_moved(desk: Desk) -> None:
    answer_findings(desk.proposal)
    Price.objects.filter(security__symbol="ZUS").update(price=D("90"))
    rui = as_(desk.rui)

    answer = rui.get(url(desk))
    assert [str(cause) for cause in page_of(answer).decision.moved] == [
        "price of ZUS: shown 100.00, now 90.00"
    ]
    assert "Prices or facts changed since this revision was made" in words_of(answer)
    refused = rui.post(url(desk, "approve"), {"seen": desk.seen(), "acknowledge": "on"})
    assert refused.status_code == 409
    assert "price of ZUS: shown 100.00, now 90.00" in words_of(refused)


def test_an_advisor_reads_why_she_cannot_decide(desk: Desk) -> None:
    answer = as_(desk.ana).get(url(desk))

    assert (
        page_of(answer).decision.refusal_to_decide == "Only a person with the role reviewer can decide this."
    )
    assert "Check and approve" not in words_of(answer)
    check = as_(desk.ana).get(url(desk, "approve"))
    assert "You cannot approve this" in words_of(check)
    refused = as_(desk.ana).post(url(desk, "approve"), {"seen": desk.seen(), "acknowledge": "on"})
    assert refused.status_code == 403


def test_changes_are_requested_with_words_and_lifted_by_the_same_reviewer(desk: Desk) -> None:
    rui, seen = as_(desk.rui), desk.seen()

    empty = rui.post(url(desk, "decide"), {"verdict": "request_changes", "seen": seen, "text": " "})
    assert empty.status_code == 422
    assert "Say what has to change." in words_of(empty)

    rui.post(
        url(desk, "decide"), {"verdict": "request_changes", "seen": seen, "text": "Leave the IRA alone."}
    )
    assert desk.proposal.state == Proposal.State.RETURNED
    page = page_of(as_(desk.ana).get(url(desk)))
    assert [(one.text, one.lift_url) for one in page.decision.changes_requested] == [
        ("Leave the IRA alone.", "")
    ]

    mine = page_of(rui.get(url(desk)))
    rui.post(mine.decision.changes_requested[0].lift_url)
    assert desk.proposal.state == Proposal.State.IN_REVIEW
    assert page_of(rui.get(url(desk))).decision.changes_requested == ()


def test_a_rejection_closes_it_and_the_page_says_who_and_stays_readable(desk: Desk) -> None:
    rui = as_(desk.rui)
    rui.post(
        url(desk, "decide"),
        {"verdict": "reject", "seen": desk.seen(), "text": "The client sells the house first."},
    )

    answer = rui.get(url(desk))
    assert page_of(answer).header.read_only == (
        "This proposal was rejected by Rui on Nov 22, 2026, 12:00 ET. It is kept as it was shown."
    )
    assert "Your decision" not in words_of(answer)
    refused = rui.post(url(desk, "approve"), {"seen": desk.seen(), "acknowledge": "on"})
    assert refused.status_code == 409
    assert "already rejected by Rui" in words_of(refused)


def test_a_comment_starts_a_thread_that_can_be_answered_and_resolved(desk: Desk) -> None:
    ana, rui = as_(desk.ana), as_(desk.rui)
    rui.post(
        url(desk, "decide"), {"verdict": "comment", "seen": desk.seen(), "text": "Why ZUS <b>first</b>?"}
    )
    first = Comment.objects.get()

    ana.post(url(desk, "reply", first.pk), {"text": "It is furthest from target."})
    answer = rui.get(url(desk))
    thread = page_of(answer).talk.threads[0]
    assert [reply.text for reply in thread.replies] == ["It is furthest from target."]
    assert "Why ZUS &lt;b&gt;first&lt;/b&gt;?" in words_of(answer)

    rui.post(thread.resolve_url)
    settled = page_of(rui.get(url(desk))).talk.threads[0]
    assert (settled.is_resolved, settled.reply_url) == (True, "")
    assert rui.post(thread.resolve_url).status_code == 409


# ── Findings, consent, withdrawal, revisions ─────────────────────────────────────────────────────


def test_a_reviewer_answers_for_a_finding_and_an_advisor_cannot(desk: Desk) -> None:
    finding = FindingRow.objects.filter(severity=SeverityLevel.OVERRIDE).first()
    assert finding is not None
    said = {"seen": desk.seen(), "reason": "facts_confirmed", "text": "The size follows from the drift."}

    refused = as_(desk.ana).post(url(desk, "override", finding.pk), said)
    assert refused.status_code == 403
    assert "can only be overridden by a person with the role" in words_of(refused)

    rui = as_(desk.rui)
    rui.post(url(desk, "override", finding.pk), said)
    checks = page_of(rui.get(url(desk))).checks
    assert [line.answer and line.answer.approver for line in checks.reasons] == ["Rui", None]
    assert (checks.unanswered, len(checks.open)) == (1, 1)


def test_a_client_who_keeps_the_last_word_blocks_until_the_consent_is_on_record() -> None:
    desk = on_record()
    Account.objects.update(discretion=Account.Discretion.NON_DISCRETIONARY)
    desk.propose()
    answer_findings(desk.proposal)
    rui, ana = as_(desk.rui), as_(desk.ana)
    before = page_of(rui.get(url(desk, "approve")))
    assert any("client" in str(cause) for cause in before.blockers)
    assert rui.get(url(desk)).context["forms"].consent is None

    said = {"consent-given_by": "Mia Miller", "consent-channel": "phone", "consent-seen": desk.seen()}
    missing = ana.post(url(desk, "consent"), said)
    assert missing.status_code == 422
    assert "Name the letter, message or recording." in words_of(missing)
    ana.post(url(desk, "consent"), said | {"consent-evidence": "Recording of Nov 22"})

    assert page_of(rui.get(url(desk, "approve"))).blockers == ()
    answer = rui.get(url(desk))
    assert "Mia Miller, recorded telephone call" in words_of(answer)


def test_an_approval_can_be_taken_back_by_who_gave_it_with_a_reason(desk: Desk) -> None:
    desk.approve()
    rui = as_(desk.rui)

    empty = rui.post(url(desk, "withdraw"), {"withdraw-reason": ""})
    assert (empty.status_code, "Give a reason; it stays on record." in words_of(empty)) == (422, True)
    rui.post(url(desk, "withdraw"), {"withdraw-reason": "The client called."})

    assert desk.proposal.state == Proposal.State.WITHDRAWN
    approval = Approval.objects.get(subject_kind="proposal")
    page = page_of(rui.get(reverse("rebalancing:approval", args=[approval.public_id])))
    assert page.next_steps == ("The approval was withdrawn. Nothing was sent.",)


def test_a_revision_leaves_alone_what_was_asked_and_its_maker_cannot_approve_it(desk: Desk) -> None:
    ira = Account.objects.get(tax_treatment="tax_deferred")
    ana, rui = as_(desk.ana), as_(desk.rui)

    answer = ana.post(
        url(desk, "revise"),
        {
            "revise-objective": "default",
            "revise-leave_alone": [ira.public_id],
            "revise-why": "It is moving to another custodian.",
        },
        follow=True,
    )

    page = page_of(answer)
    assert (page.header.revision, page.changes.base) == (2, 1)
    assert ira.name not in [account.name for account in page.trades.accounts]
    assert page.decision.refusal_to_decide == (
        f"You had it recalculated and left all of {ira.name} alone in revision 2, so a colleague has to decide. "
        "Rui can."
    )
    assert {order.how for order in page.changes.orders} >= {"removed"}
    old = rui.get(url(desk, "revision", 1))
    assert "Revision 2 is the current one; nothing can be decided here." in words_of(old)
    assert "Your decision" not in words_of(old)


def test_the_least_tax_needs_the_drift_that_is_allowed(desk: Desk) -> None:
    answer = as_(desk.ana).post(
        url(desk, "revise"), {"revise-objective": "least_tax", "revise-why": "Low tax."}
    )

    assert answer.status_code == 422
    assert "Enter the allowed drift" in words_of(answer)
    assert proposals.current(desk.proposal).number == 1


def test_a_plan_without_realized_gains_can_be_asked_for(desk: Desk) -> None:
    answer = as_(desk.ana).post(
        url(desk, "revise"), {"revise-objective": "no_gains", "revise-why": "No gains."}, follow=True
    )

    assert page_of(answer).header.revision == 2
    plan = the_plan(desk)
    assert all(unit.net_short + unit.net_long <= 0 for unit in plan.tax)


def test_a_reviewer_is_offered_no_revision_form(desk: Desk) -> None:
    assert as_(desk.rui).get(url(desk)).context["forms"].revise is None
    assert as_(desk.ana).get(url(desk)).context["forms"].revise is not None


# ── The list ─────────────────────────────────────────────────────────────────────────────────────


def test_the_list_counts_by_state_and_says_what_stands_in_the_way(desk: Desk) -> None:
    rui = as_(desk.rui)
    listed = reverse("rebalancing:proposal_list")

    page = page_of(rui.get(listed))
    assert page.heading == "1 proposal needs a decision"
    assert [(row.household, row.state, len(row.blockers), row.tax) for row in page.rows] == [
        ("Miller", "in_review", 2, D("0.00"))
    ]
    assert page_of(rui.get(listed, {"state": "rejected"})).rows == ()
    assert "No proposal matches these filters" in words_of(rui.get(listed, {"state": "rejected"}))
    assert page_of(as_(cast.max_()).get(listed)).rows == ()


def test_the_list_costs_the_same_number_of_queries_for_many_rows(desk: Desk) -> None:
    rui = as_(desk.rui)
    rui.get(reverse("rebalancing:proposal_list"))
    with CaptureQueriesContext(connection) as queries:
        rui.get(reverse("rebalancing:proposal_list"), {"state": "all"})

    assert len(queries) <= 16, [query["sql"][:90] for query in queries]
