"""Threads on a trade, a lot and a finding: beside the thing, among the comments, and in the revisions after it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.audit_trail.audit import Action
from compliance.models import AnchorKind, AuditEvent, Comment
from compliance.people.actors import Actor
from compliance.review_desk import threads
from rebalancing.engine.documents.objective import Edit, EditKind
from rebalancing.pages.explained import approval
from rebalancing.proposals import anchors, proposals, revisions
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.factories.firm_settings import looking_twice
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk() -> Desk:
    made = a_desk(taxable_only=True)
    looking_twice()
    made.propose()
    return made


def the_sale(desk: Desk) -> Any:
    plan = revisions.plan_of(proposals.current(desk.proposal))
    return next(order for order in plan.orders if order.lots)


def opened(desk: Desk, person: Any, number: int | None = None) -> Any:
    part = "" if number is None else f"revisions/{number}/"
    return page_of(as_(person).get(f"/proposals/{desk.proposal.public_id}/{part}"))


def orders(page: Any) -> list[Any]:
    return [order for account in page.trades.accounts for order in account.orders]


def the_sale_of(page: Any) -> Any:
    return next(order for order in orders(page) if order.lots)


def say(desk: Desk, person: Any, about: str, text: str, number: int = 1) -> Any:
    address = reverse("rebalancing:thread", args=[desk.proposal.public_id, number])
    return as_(person).post(address, {"about": about, "text": text})


def revised(desk: Desk, *edits: Edit) -> None:
    proposals.revise(
        desk.proposal, edits=edits, did="asked for more", by=Actor.person(desk.ana), at=SUNDAY_NOON
    )


def sell_fewer(desk: Desk, fewer: int) -> Edit:
    sale = the_sale(desk)
    return Edit(
        id="sell",
        kind=EditKind.SELL,
        account=sale.account,
        security=sale.security,
        shares=sale.shares - fewer,
        reason="asked for",
    )


def leave_alone(desk: Desk) -> Edit:
    sale = the_sale(desk)
    return Edit(
        id="leave", kind=EditKind.NO_TRADE, account=sale.account, security=sale.security, reason="asked for"
    )


def texts(found: Any) -> list[str]:
    return [thread.first.text for thread in found]


def test_a_thread_on_a_trade_stands_beside_it_and_among_the_comments(desk: Desk) -> None:
    about = the_sale_of(opened(desk, desk.rui)).about[0][0]

    answer = say(desk, desk.rui, about, "Why so much at once?")

    written = Comment.objects.get()
    assert answer["Location"] == f"/proposals/{desk.proposal.public_id}/#beside-{written.pk}"
    page = opened(desk, desk.ana)
    sale = the_sale_of(page)
    assert texts(sale.threads) == texts(page.talk.threads) == ["Why so much at once?"]
    assert [one.threads for one in orders(page) if one is not sale] == [()] * (len(orders(page)) - 1)
    thread = page.talk.threads[0]
    name = page.trades.accounts[0].name
    assert (thread.anchor, thread.place_url) == (f"On sell {sale.symbol} in {name}.", f"#{sale.anchor}")
    assert (thread.gone, thread.since) == ("", "")
    event = AuditEvent.objects.filter(action=Action.REVIEW_COMMENTED).latest("seq")
    assert json.loads(event.facts)["anchor_kind"] == "trade"


def test_a_thread_on_a_lot_stands_beside_the_lot_and_not_beside_its_trade(desk: Desk) -> None:
    about = the_sale_of(opened(desk, desk.rui)).about[1]

    say(desk, desk.rui, about[0], "Is this basis right?")

    sale = the_sale_of(opened(desk, desk.rui))
    assert about[1].startswith("Its lot of ")
    assert (texts(sale.threads), texts(sale.lots[0].threads)) == ([], ["Is this basis right?"])
    thread = sale.lots[0].threads[0]
    assert thread.place_url == f"#lot-{sale.lots[0].key}"
    assert thread.anchor.startswith("On the lot of ")
    assert thread.anchor.endswith(f" of {sale.symbol}.")


def test_a_thread_on_a_finding_stands_beside_it(desk: Desk) -> None:
    line = next(one for one in opened(desk, desk.rui).checks.findings if one.severity == "reason")

    say(desk, desk.rui, line.about_typed, "Who has confirmed this?")

    page = opened(desk, desk.rui)
    found = {one.place: texts(one.threads) for one in page.checks.findings if one.threads}
    assert found == {line.place: ["Who has confirmed this?"]}
    assert page.talk.threads[0].anchor == f"On the finding of {line.rule}."


def test_it_is_answered_and_resolved_where_it_stands(desk: Desk) -> None:
    say(desk, desk.rui, the_sale_of(opened(desk, desk.rui)).about[0][0], "Why so much at once?")
    thread = the_sale_of(opened(desk, desk.ana)).threads[0]
    place = f"/proposals/{desk.proposal.public_id}/#"

    answered = as_(desk.ana).post(thread.reply_url, {"text": "It is far from target.", "where": "beside"})
    resolved = as_(desk.rui).post(thread.resolve_url, {"where": "thread"})

    assert (answered["Location"], resolved["Location"]) == (f"{place}beside-{thread.id}", f"{place}thread-{thread.id}")  # fmt: skip
    page = opened(desk, desk.rui)
    beside, below = the_sale_of(page).threads[0], page.talk.threads[0]
    assert beside == below
    assert ([one.text for one in beside.replies], beside.is_resolved) == (["It is far from target."], True)


def test_the_next_revision_keeps_the_thread_of_a_trade_that_still_stands(desk: Desk) -> None:
    say(desk, desk.rui, the_sale_of(opened(desk, desk.rui)).about[0][0], "Why so much at once?")
    shares = the_sale(desk).shares
    revised(desk, sell_fewer(desk, 10))

    page = opened(desk, desk.rui)

    sale = the_sale_of(page)
    assert sale.shares == shares - 10
    assert texts(sale.threads) == ["Why so much at once?"]
    assert (sale.threads[0].since, sale.threads[0].gone) == ("On revision 1.", "")
    assert sale.threads[0].anchor.endswith(", revision 1.")


def test_a_thread_whose_trade_is_no_more_says_so(desk: Desk) -> None:
    sale = the_sale_of(opened(desk, desk.rui))
    say(desk, desk.rui, sale.about[0][0], "Why so much at once?")
    say(desk, desk.rui, sale.about[1][0], "Is this basis right?")
    revised(desk, leave_alone(desk), buy_something(desk))

    page = opened(desk, desk.rui)

    assert not any(order.threads for order in orders(page))
    told = {thread.first.text: (thread.place_url, thread.gone) for thread in page.talk.threads}
    assert told == {
        "Why so much at once?": ("", "Revision 2 does not make this trade."),
        "Is this basis right?": ("", "Revision 2 sells nothing of this lot."),
    }
    assert "Revision 2 does not make this trade." in words_of(
        as_(desk.rui).get(f"/proposals/{desk.proposal.public_id}/")
    )
    earlier = opened(desk, desk.rui, 1)
    assert texts(the_sale_of(earlier).threads) == ["Why so much at once?"]


def buy_something(desk: Desk) -> Edit:
    """So that a plan without its sale still trades."""
    bought = next(
        one for one in revisions.plan_of(proposals.current(desk.proposal)).orders if one.side == "buy"
    )
    return Edit(
        id="buy",
        kind=EditKind.BUY,
        account=bought.account,
        security=bought.security,
        shares=bought.shares.__class__(10),
        reason="asked for",
    )


def test_a_finding_that_is_in_order_by_now_is_no_place(desk: Desk) -> None:
    line = next(one for one in opened(desk, desk.rui).checks.findings if one.severity == "reason")
    say(desk, desk.rui, line.about_typed, "Who has confirmed this?")
    revised(desk, leave_alone(desk), buy_something(desk))

    page = opened(desk, desk.rui)

    assert page.talk.threads[0].gone == "The checks of revision 2 do not find this."
    assert not any(one.threads for one in page.checks.findings)


def test_what_was_replaced_while_somebody_typed_keeps_their_words(desk: Desk) -> None:
    about = the_sale_of(opened(desk, desk.rui)).about[0][0]
    revised(desk)

    say(desk, desk.rui, about, "Why so much at once?", number=1)

    thread = the_sale_of(opened(desk, desk.ana)).threads[0]
    assert (thread.first.text, thread.since) == ("Why so much at once?", "On revision 1.")


@pytest.mark.parametrize(
    ("about", "text", "words"),
    [
        ("trade|nobody/sell/ZUS", "Why?", "This revision has no such trade, lot or finding."),
        ("", "Why?", "Say which trade, lot or finding it is about."),
        (None, " ", "Write the comment first."),
    ],
)
def test_words_about_nothing_are_not_kept(desk: Desk, about: str | None, text: str, words: str) -> None:
    typed = the_sale_of(opened(desk, desk.rui)).about[0][0] if about is None else about

    answer = say(desk, desk.rui, typed, text)

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert not Comment.objects.exists()


def test_strangers_find_nothing_to_comment_on(desk: Desk) -> None:
    about = the_sale_of(opened(desk, desk.rui)).about[0][0]

    assert [say(desk, one, about, "Why?").status_code for one in (cast.max_(), cast.carl())] == [404, 404]
    assert say(desk, desk.rui, about, "Why?", number=7).status_code == 404


def test_threads_stop_no_approval(desk: Desk) -> None:
    say(desk, desk.rui, the_sale_of(opened(desk, desk.rui)).about[0][0], "Why so much at once?")

    desk.approve()

    explained = approval.of(cast.cora(), proposals.current(desk.proposal), at=SUNDAY_NOON)
    row = next(one for one in explained.parts if one.name == "thread").rows[0]
    assert row[4].startswith("sell ")


def test_threads_cost_a_page_no_question_more(desk: Desk) -> None:
    rui, address = as_(desk.rui), f"/proposals/{desk.proposal.public_id}/"
    rui.get(address)
    with CaptureQueriesContext(connection) as before:
        page = page_of(rui.get(address))
    for value, _ in the_sale_of(page).about:
        say(desk, desk.ana, value, "Why?")

    with CaptureQueriesContext(connection) as after:
        rui.get(address)

    assert len(after) == len(before)


def test_a_reference_of_another_form_is_its_own_name(desk: Desk) -> None:
    review = revisions.review_of(proposals.current(desk.proposal))
    threads.comment(
        review,
        "Why this lot?",
        anchor_kind=AnchorKind.LOT,
        anchor_ref="lot_7",
        by=Actor.person(desk.rui),
        at=SUNDAY_NOON,
    )

    thread = opened(desk, desk.rui).talk.threads[0]

    assert (thread.anchor, thread.gone) == ("On lot_7.", "Revision 1 sells nothing of this lot.")


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        (anchors.trade("ac_1", "sell", "BRK/B"), "sell BRK/B in Joint"),
        (anchors.trade("ac_2", "buy", "VTI"), "buy VTI in an account that is no more"),
        (anchors.lot("lt_1", "BRK/B", SUNDAY_NOON.date()), "the lot of Nov 22, 2026 of BRK/B"),
        (anchors.lot("lt_1", "VTI", None), "the undated lot of VTI"),
        (anchors.finding("PTC-43", "ab" * 32), "the finding of PTC-43"),
    ],
)
def test_a_thing_is_called_by_its_name(anchor: anchors.Anchor, words: str) -> None:
    assert anchor.in_words({"ac_1": "Joint"}) == words
