"""What a reviewer decides next: by deadline, then by the money outside bands, then by age."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from compliance.firm.desk_figures import APPROVAL_GOOD_FOR
from compliance.people.actors import Actor
from rebalancing.models import Proposal
from rebalancing.pages import next_up
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.firm_settings import decided
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
RECORD = "two families"


@pytest.fixture
def both() -> list[Proposal]:
    """The first asks for the client's own agreement; the second is at our discretion."""
    scan()
    return list(Proposal.objects.order_by("household__name"))


def household(who: str = "rui", *, but: Proposal | None = None) -> str:
    found = next_up.of(getattr(cast, who)(), but=but, at=SUNDAY_NOON)
    return found.household if found else ""


def test_the_nearest_deadline_comes_first_then_the_most_money_outside_bands(both: list[Proposal]) -> None:
    outside = {one.pk: one.reading.outside_value for one in both if one.reading is not None}
    most, least = sorted(both, key=lambda one: (-(outside[one.pk] or 0), one.drafted_at, one.pk))
    assert household() == most.household.name
    assert household(but=most) == least.household.name

    decided(APPROVAL_GOOD_FOR, 1)
    proposals.revise(least, did="looked again", by=Actor.person(cast.ana()), at=SUNDAY_NOON)

    assert household() == least.household.name
    assert household(but=least) == most.household.name


def test_only_what_this_person_may_decide_is_in_it(both: list[Proposal]) -> None:
    assert [household(who) for who in ("ana", "tom", "cora", "max_")] == [""] * 4
    proposals.reject(
        both[0], seen=proposals.current(both[0]).fingerprint, text="No.", by=Actor.person(cast.rui()), at=SUNDAY_NOON
    )  # fmt: skip
    assert household() == both[1].household.name
    assert next_up.of(cast.rui(), at=SUNDAY_NOON + timedelta(days=400)) is None


def test_the_confirmation_leads_to_the_next_and_home_when_nothing_is_left(both: list[Proposal]) -> None:
    answer_findings(both[1])
    approval = approve(both[1], cast.rui())
    rui = as_(cast.rui())

    page = page_of(rui.get(reverse("rebalancing:approval", args=[approval.public_id])))
    assert (page.next_up.household, page.next_up.left) == (both[0].household.name, 1)
    onward = rui.get("/proposals/next/", {"after": both[1].public_id})
    assert onward.url == reverse("rebalancing:proposal", args=[both[0].public_id])
    nothing = rui.get("/proposals/next/", {"after": both[0].public_id}, follow=True)
    assert "No other proposal waits for your decision." in words_of(nothing)
    assert (
        page_of(as_(cast.ana()).get(reverse("rebalancing:approval", args=[approval.public_id]))).next_up
        is None
    )


@pytest.mark.parametrize("after", ["", "pr_nothing", "x" * 5000, "é", "a\x00b"])
def test_a_strange_address_leads_on_all_the_same(both: list[Proposal], after: str) -> None:
    assert as_(cast.rui()).get("/proposals/next/", {"after": after}).status_code in (302, 400)
