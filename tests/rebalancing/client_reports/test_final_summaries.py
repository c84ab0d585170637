"""A summary turns from an estimate to what was done, and is corrected as another version when that changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clients.models import Household, Person
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.client_reports import executions, final_summaries, letters, summaries, telling
from rebalancing.client_reports.summaries import Summary
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import Allocation, ClientSummary, Proposal, ProposedLot, SummaryDue
from rebalancing.pages import portal, portal_summaries
from rebalancing.pages.lists import overnight
from rebalancing.portfolios import own_sales
from tests import cast
from tests.clock import set_clock
from tests.factories import desk as desks
from tests.factories.released import IN_SESSION, MONDAY, blocks, told
from tests.pages import as_
from tests.rebalancing.client_reports.pdf_text import text_of

pytestmark = pytest.mark.django_db
RECORD = "orders at the custodian"
LATER = IN_SESSION + timedelta(hours=2)


def tell(at: Any = IN_SESSION) -> int:
    return telling.tell_due(
        by=Actor.system("client reports"), now=lambda: at, until=at + timedelta(minutes=1)
    )


def filled(side: str, shares: str = "", price: str = "99.50", exec_id: str = "f") -> None:
    block = blocks()[side]
    shares = shares or f"{block.quantity.normalize():f}"
    fills.take(told(block, Kind.FILL, f"{side}-{exec_id}", shares, price), at=IN_SESSION)


def ended(side: str, kind: Kind) -> None:
    fills.take(told(blocks()[side], kind, f"{side}-end", minute=9), at=IN_SESSION)


def versions() -> list[Summary]:
    return [summaries.value_of(one) for one in ClientSummary.objects.order_by("number")]


@pytest.fixture
def mia() -> Any:
    """A client of the household."""
    return desks.on_record().sign_in_for(Person.objects.filter(deceased_on=None).order_by("pk")[0])


def test_nothing_is_told_while_an_order_is_open() -> None:
    filled("sell")
    assert tell() == 0
    assert [one.stage for one in versions()] == ["estimate"]


def test_what_was_filled_is_told_with_its_price_and_its_gain() -> None:
    filled("sell")
    filled("buy", price="50.25")
    assert tell() == 1
    assert tell() == 0, "a second run tells nothing"
    estimate, final = versions()

    assert (final.stage, final.version, final.not_done) == ("final", 2, ())
    sale, purchase = blocks()["sell"], blocks()["buy"]
    assert any(f"Sold {sale.quantity.normalize():,f} shares" in one.what for one in final.changes)
    assert all("at $" in one.what for one in final.changes)
    assert sum(D(one.amount) for one in final.changes) == (
        Allocation.objects.get(block=sale).amount + Allocation.objects.get(block=purchase).amount
    )
    year = own_sales.in_year(Household.objects.get(), on=MONDAY)
    assert sum(D(one.gain) for one in final.sold) == sum(one.gain or D(0) for one in year)
    assert sum(D(one.short_term) + D(one.long_term) for one in final.taxes) == sum(
        one.gain or D(0) for one in year
    )
    assert final.headline == "We changed your portfolio: 2 trades, all made."
    assert "2 were made in full" in final.difference
    assert estimate == summaries.value_of(ClientSummary.objects.get(number=1)), "the old one stays"
    assert audit.verify().is_intact


def test_the_same_trades_at_the_planned_figures_cost_the_planned_tax() -> None:
    """The tax of what was done is computed as the plan's was."""
    proposal = Proposal.objects.get()
    revision = proposal.revisions.get()
    plan = summaries.build(revision)
    done = {}
    for order in revision.orders.order_by("position"):
        uses = ProposedLot.objects.filter(order=order)
        done[order.position] = executions.Execution(
            state="filled",
            ordered=order.quantity,
            filled=order.quantity,
            amount=order.amount,
            average=order.price,
            lots=tuple(
                executions.SoldLot(
                    None,
                    None,
                    use.quantity,
                    (use.basis or D(0)) + (use.gain or D(0)),
                    use.basis,
                    use.disallowed,
                    use.term,
                )
                for use in uses
            ),
        )
    final = final_summaries.build(revision, done, before=plan)
    assert final.tax_total == plan.tax_total
    assert [(one.name, one.after, one.is_outside) for one in final.classes] == [
        (one.name, one.after, one.is_outside) for one in plan.classes
    ]


def test_four_rejected_orders_leave_no_gain_and_the_client_is_told(mia: Any) -> None:
    """They once left $22,284.89 of gain in the household's year for good, and nobody was told."""
    assert sum(one.gain or D(0) for one in own_sales.in_year(Household.objects.get(), on=MONDAY)) != 0
    ended("sell", Kind.REJECTED)
    ended("buy", Kind.REJECTED)
    assert own_sales.in_year(Household.objects.get(), on=MONDAY) == []
    assert tell() == 1
    final = versions()[-1]
    assert final.headline.startswith("Nothing was traded")
    assert [one.why for one in final.not_done] == ["The order was not accepted for trading."] * 2
    assert (final.changes, final.sold, D(final.tax_total)) == ((), (), 0)
    assert [one.after for one in final.classes] == [one.before for one in final.classes]
    assert "None was made in full, 2 not at all" in final.difference

    set_clock(IN_SESSION)
    home = as_(mia).get(reverse("rebalancing:portal")).content.decode()
    assert "News about your trades" in home
    assert "Nothing was traded" in home
    newest = ClientSummary.objects.get(number=2)
    page = as_(mia).get(reverse("rebalancing:summary", args=[newest.public_id])).content.decode()
    assert "What did not happen, and why" in page
    assert "The order was not accepted for trading." in page
    old = as_(mia).get(reverse("rebalancing:summary", args=[ClientSummary.objects.get(number=1).public_id]))
    assert "There is a newer version" in old.content.decode()
    assert portal.portal(mia, at=IN_SESSION).news == (), "it was read"
    assert "News about your trades" not in as_(mia).get(reverse("rebalancing:portal")).content.decode()


def test_a_part_that_did_not_trade_is_told_with_its_reason() -> None:
    filled("sell", "100")
    ended("sell", Kind.DONE_FOR_DAY)
    ended("buy", Kind.CANCELED)
    tell()
    final = versions()[-1]
    reasons = {one.why for one in final.not_done}
    assert "The rest of the order did not trade by the end of its day." in reasons
    assert "The order was canceled before it traded." in reasons
    assert "None was made in full, 1 in part, 1 not at all" in final.difference
    assert [one.after for one in final.classes] != [one.before for one in final.classes]
    assert sum(D(one.after) for one in final.classes) == 1


def test_a_bust_after_the_client_was_told_makes_a_corrected_version_and_the_advisor_sees_it(mia: Any) -> None:
    filled("sell", "100")
    ended("sell", Kind.DONE_FOR_DAY)
    ended("buy", Kind.REJECTED)
    tell()
    fills.take(told(blocks()["sell"], Kind.BUSTED, "b", corrects="sell-f", minute=60), at=LATER)
    assert tell(LATER) == 1
    corrected = versions()[-1]
    assert (corrected.stage, corrected.version) == ("corrected", 3)
    assert "was taken back and did not happen" in corrected.difference
    assert corrected.changes == ()
    news = portal.portal(mia, at=LATER).news
    assert [one.stage for one in news] == ["Corrected"], "one line for a change, in its newest version"
    ana = cast.ana()
    rows = {one.kind: one for one in overnight.show(ana, at=LATER).rows}
    assert "taken back" in rows["corrected"].why
    text = (
        as_(ana)
        .get(reverse("rebalancing:proposal", args=[Proposal.objects.get().public_id]))
        .content.decode()
    )
    assert "Client told again" in text


def test_another_price_is_told_beside_the_former_one() -> None:
    filled("sell", "100", "99.50")
    ended("sell", Kind.DONE_FOR_DAY)
    ended("buy", Kind.REJECTED)
    tell()
    fix = told(blocks()["sell"], Kind.CORRECTED, "c", "100", "98.00", corrects="sell-f", minute=60)
    fills.take(fix, at=LATER)
    assert tell(LATER) == 1
    corrected = versions()[-1]
    assert "at $98.00" in corrected.difference
    assert "at $99.50” for $9,950.00" in corrected.difference
    assert "The estimated tax is" in corrected.difference


def test_what_changes_nothing_that_was_told_makes_no_version() -> None:
    filled("sell")
    filled("buy")
    tell()
    ended("sell", Kind.DONE_FOR_DAY)
    assert tell(LATER) == 0
    assert not SummaryDue.objects.exists()


def test_a_household_that_cannot_be_told_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    ended("sell", Kind.REJECTED)
    ended("buy", Kind.REJECTED)
    with monkeypatch.context() as broken:
        broken.setattr(final_summaries, "build", lambda *_, **__: 1 / 0)
        for _ in range(telling.TRIES_MAX + 1):
            assert tell() == 0
    assert [(one.tries, one.failed_because) for one in SummaryDue.objects.all()] == [
        (telling.TRIES_MAX, "division by zero")
    ] * SummaryDue.objects.count()
    address = reverse("rebalancing:proposal", args=[Proposal.objects.get().public_id])
    assert "The client could not be told" in as_(cast.ana()).get(address).content.decode()


def test_the_letter_of_each_version_says_what_its_page_says() -> None:
    filled("sell", "100")
    ended("sell", Kind.DONE_FOR_DAY)
    ended("buy", Kind.REJECTED)
    tell()
    newest = ClientSummary.objects.get(number=2)
    letter = letters.render(newest, by=Actor.person(cast.ana()), at=LATER)
    text = " ".join(text_of(bytes(letter.pdf)).split())
    assert "What we changed for" in text
    assert "What did not happen, and why" in text
    assert "What was sold, purchase by purchase" in text
    assert "We had told you of 2 trades" in text
    first = letters.render(ClientSummary.objects.get(number=1), by=Actor.person(cast.ana()), at=LATER)
    assert "What we are changing for" in " ".join(text_of(bytes(first.pdf)).split())


def test_versions_never_change_and_follow_each_other() -> None:
    ended("sell", Kind.REJECTED)
    ended("buy", Kind.REJECTED)
    tell()
    for edit in ({"difference": "Nothing."}, {"number": 9}, {"stage": "estimate"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            ClientSummary.objects.filter(number=2).update(**edit)


def test_programs_read_the_versions() -> None:
    ended("sell", Kind.REJECTED)
    ended("buy", Kind.REJECTED)
    tell()
    set_clock(IN_SESSION)
    ana = as_(cast.ana())
    rows = ana.get("/api/v1/summaries/?stage=final").json()["results"]
    assert [(one["number"], one["stage"]) for one in rows] == [(2, "final")]
    one = ana.get(f"/api/v1/summaries/{rows[0]['public_id']}/").json()["summary"]
    assert one["not_done"][0]["why"] == "The order was not accepted for trading."


def test_a_summary_from_before_there_were_versions_is_still_read() -> None:
    stored = ClientSummary.objects.get()
    value = summaries.value_of(stored)
    assert (value.version, value.stage, value.not_done) == (1, "estimate", ())
    page = portal_summaries.summary(cast.ana(), stored)
    assert (page.newer_url, page.is_open_again, len(page.versions)) == ("", False, 1)
