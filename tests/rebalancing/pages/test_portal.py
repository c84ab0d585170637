"""The client's pages: their own figures and nothing else, in words they know, and a yes to exactly what they read."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.urls import reverse

from clients.households import households, people
from clients.models import Account, AssetClass, Household, Person, TaxLot
from compliance.audit_trail import audit
from compliance.models import Consent
from compliance.people.actors import Actor
from rebalancing.client_reports import letters, summaries
from rebalancing.models import Proposal
from rebalancing.pages import portal
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import SUNDAY_NOON, TUESDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.factories.firm_settings import A_LETTERHEAD
from tests.factories.households import SET_UP
from tests.pages import as_

RECORD = "the desk"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

PORTAL = "/portfolio/"


@pytest.fixture
def desk() -> Desk:
    return on_record()


def mia_of(desk: Desk) -> Person:
    return desk.household.people.get(given_name="Mia")


def a_person(household: Household, given: str, family: str, part: str) -> Person:
    return people.add(
        household,
        given_name=given,
        family_name=family,
        part=part,
        born_on=None,
        tax_number=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )


def another_household() -> tuple[Household, Any]:
    """The Nolans, with a sign-in of their own."""
    household = households.open_household(
        code="nolan",
        name="Nolan",
        opened_on=date(2020, 1, 2),
        profile_confirmed_on=None,
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    nora = a_person(household, "Nora", "Nolan", Person.Part.HEAD)
    user = cast.someone("Nora", "client")
    households.grant_sign_in(nora, user=user, may_see=Person.MaySee.HOUSEHOLD, by=SET_UP, at=SUNDAY_NOON)
    return household, user


def ask_for_consent(desk: Desk) -> Proposal:
    desk.household.accounts.update(discretion=Account.Discretion.NON_DISCRETIONARY, discretion_from_on=None)
    return desk.propose()


def consent_url(proposal: Proposal, name: str = "portal_consent") -> str:
    return reverse(f"rebalancing:{name}", args=[proposal.public_id])


# ── Home ─────────────────────────────────────────────────────────────────────────────────────────


def test_mia_sees_her_accounts_her_bands_and_what_changed(desk: Desk) -> None:
    mia = desk.sign_in_for(mia_of(desk))
    desk.approve()

    answer = as_(mia).get(PORTAL)

    page = answer.context["page"]
    assert [(row.name, row.last4, str(row.value)) for row in page.accounts] == [
        ("IRA", "0002", "325000.00"),
        ("Taxable", "0001", "590000.00"),
    ]
    assert str(page.value) == "915000.00"
    assert [bar.label for bar in page.bars if bar.is_outside_before] == [
        bar.label for bar in page.bars if bar.verdict != "inside its band"
    ]
    assert page.bars
    assert [row.headline for row in page.summaries] == [summaries.value_of(desk.summary).headline]
    assert page.contact == "Ana"


def test_only_listed_fields_reach_a_client(desk: Desk) -> None:
    mia = desk.sign_in_for(mia_of(desk))
    desk.approve()

    text = as_(mia).get(PORTAL).content.decode()

    assert "11110001" not in text
    for secret in ("900-00-0001", "miller", "input_digest", "fingerprint", desk.proposal.public_id):
        assert secret not in text


def test_somebody_who_sees_only_their_own_accounts_gets_no_household_totals(desk: Desk) -> None:
    max_ = a_person(desk.household, "Max", "Miller", Person.Part.SPOUSE)
    desk.household.accounts.filter(number_last4="0002").update(owner=max_)
    desk.approve()
    user = desk.sign_in_for(max_, may_see=Person.MaySee.OWN_ACCOUNTS, name="MaxM")
    client = as_(user)

    answer = client.get(PORTAL)

    page = answer.context["page"]
    assert [(row.name, row.last4) for row in page.accounts] == [("IRA", "0002")]
    assert (page.value, page.bars, page.summaries, page.consents) == (None, (), (), ())
    assert "915,000" not in answer.content.decode()
    assert "590,000" not in answer.content.decode()
    assert client.get(reverse("rebalancing:summary", args=[desk.summary.public_id])).status_code == 404
    assert client.get(reverse("rebalancing:letter", args=[desk.summary.public_id])).status_code == 404


def test_a_joint_owner_sees_the_joint_account_too(desk: Desk) -> None:
    max_ = a_person(desk.household, "Max", "Miller", Person.Part.SPOUSE)
    desk.household.accounts.filter(number_last4="0001").update(joint_owner=max_)
    user = desk.sign_in_for(max_, may_see=Person.MaySee.OWN_ACCOUNTS, name="MaxM")

    page = as_(user).get(PORTAL).context["page"]

    assert [row.name for row in page.accounts] == ["Taxable"]


def test_a_holding_without_a_price_makes_the_value_unknown_and_not_smaller(desk: Desk) -> None:
    mia = desk.sign_in_for(mia_of(desk))
    account = desk.household.accounts.get(number_last4="0001")
    TaxLot.objects.filter(account=account, security__symbol="ZBD").delete()
    account.positions.filter(security__symbol="ZBD").update(
        quantity=None, market_value=None, held_out="option"
    )

    answer = as_(mia).get(PORTAL)

    assert [row.value is None for row in answer.context["page"].accounts] == [False, True]
    assert answer.context["page"].value is None
    assert "unknown" in answer.content.decode()


def test_a_client_without_accounts_is_told_what_will_be_here() -> None:
    text = as_(cast.carl()).get(PORTAL).content.decode()
    assert "Your accounts appear here once your advisor has connected them" in text


@pytest.mark.parametrize(
    "who", [cast.ana, cast.tom, cast.cora, cast.ada, cast.max_], ids=lambda make: make.__name__
)
def test_the_portal_is_for_clients(who: Callable[[], Any]) -> None:
    assert as_(who()).get(PORTAL).status_code == 403


def test_the_portal_costs_a_fixed_number_of_queries(desk: Desk, django_assert_max_num_queries: Any) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    desk.approve()
    with django_assert_max_num_queries(39):
        mia.get(PORTAL)


# ── Summary and letter ───────────────────────────────────────────────────────────────────────────


def test_the_summary_page_says_exactly_what_was_frozen_and_is_on_the_trail(desk: Desk) -> None:
    mia = desk.sign_in_for(mia_of(desk))
    desk.approve()
    frozen = summaries.value_of(desk.summary)

    answer = as_(mia).get(reverse("rebalancing:summary", args=[desk.summary.public_id]))

    text = html.unescape(re.sub(r"<[^>]+>|[ \n]+", " ", answer.content.decode()))
    assert frozen.headline in text
    for sentence in (*frozen.why, *frozen.next_steps, *(one.why for one in frozen.changes)):
        assert sentence in text
    for change, amount in answer.context["page"].told.changes:
        assert f"{amount:,.2f}" in text
        assert change.what in text
    viewed = audit.trail(about=desk.summary).filter(action=audit.Action.SUMMARY_VIEWED)
    assert [event.actor_label for event in viewed] == ["Mia"]


def test_the_letter_is_one_pdf_for_the_client_and_for_staff(desk: Desk) -> None:
    mia = desk.sign_in_for(mia_of(desk))
    desk.approve()
    url = reverse("rebalancing:letter", args=[desk.summary.public_id])

    first, again = as_(mia).get(url), as_(desk.ana).get(url)

    assert first.content == again.content
    assert first.content.startswith(b"%PDF")
    assert first.headers["Content-Type"] == "application/pdf"
    assert first.headers["Content-Disposition"] == f'inline; filename="{desk.summary.public_id}.pdf"'
    assert "no-store" in first.headers["Cache-Control"]
    assert [event.action for event in audit.trail(about=desk.summary)] == [
        "summary.published",
        "letter.rendered",
        "summary.viewed",
        "summary.viewed",
    ]


@pytest.mark.parametrize("name", ["summary", "letter"])
def test_a_summary_is_found_only_by_its_household_and_its_staff(desk: Desk, name: str) -> None:
    desk.approve()
    _, nora = another_household()
    url = reverse(f"rebalancing:{name}", args=[desk.summary.public_id])

    found = {
        who: as_(person).get(url).status_code
        for who, person in {
            "advisor": desk.ana,
            "reviewer": desk.rui,
            "trader": desk.tom,
            "compliance": cast.cora(),
            "another reviewer": cast.rosa(),
            "another client": nora,
            "client of nobody": cast.carl(),
            "administrator": cast.ada(),
        }.items()
    }

    assert found == {
        "advisor": 200,
        "reviewer": 200,
        "trader": 200,
        "compliance": 200,
        "another reviewer": 404,
        "another client": 404,
        "client of nobody": 404,
        "administrator": 404,
    }


def test_a_summary_of_something_withdrawn_says_that_nothing_was_traded(desk: Desk) -> None:
    mia = desk.sign_in_for(mia_of(desk))
    proposal = desk.approve()
    proposals.withdraw(proposal, reason="The client called.", by=Actor.person(desk.rui), at=SUNDAY_NOON)

    text = as_(mia).get(reverse("rebalancing:summary", args=[desk.summary.public_id])).content.decode()

    assert "This was approved but not carried out. Nothing was traded." in text


# ── Consent ──────────────────────────────────────────────────────────────────────────────────────


def test_mia_reads_checks_and_agrees_to_exactly_what_she_read(desk: Desk) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    proposal = ask_for_consent(desk)
    assert "We need your decision" in mia.get(PORTAL).content.decode()

    read = mia.get(consent_url(proposal))
    check = mia.get(consent_url(proposal, "portal_consent_check"), {"seen": read.context["page"].seen})
    answer = mia.post(
        consent_url(proposal), {"seen": check.context["page"].seen, "agree": "yes"}, follow=True
    )

    given = Consent.objects.get()
    assert "We propose to move US stocks from 76.50" in read.content.decode()
    assert (given.given_by, given.channel, given.fingerprint) == ("Mia Miller", "portal", desk.seen())
    assert given.review.public_id in answer.content.decode()
    assert "Your consent is recorded" in answer.content.decode()
    assert audit.trail(about=given.review).filter(action=audit.Action.CONSENT_RECORDED).count() == 1
    assert "You agreed on Nov 22, 2026, 12:00 ET" in mia.get(PORTAL).content.decode()
    assert desk.approve().state == "approved"
    assert mia.get(consent_url(proposal, "portal_consent_done")).status_code == 200


def test_agreeing_twice_is_one_consent(desk: Desk) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    proposal = ask_for_consent(desk)
    yes = {"seen": desk.seen(), "agree": "yes"}

    mia.post(consent_url(proposal), yes)
    again = mia.post(consent_url(proposal), yes)

    assert again.headers["Location"] == consent_url(proposal, "portal_consent_done")
    assert Consent.objects.count() == 1


def test_a_newer_revision_must_be_read_again(desk: Desk) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    proposal = ask_for_consent(desk)
    old = desk.seen()
    proposals.revise(
        proposal, did="asked for fresh figures", by=Actor.person(desk.ana), at=TUESDAY_NOON.replace(day=22)
    )
    assert desk.seen() != old

    check = mia.get(consent_url(proposal, "portal_consent_check"), {"seen": old})
    answer = mia.post(consent_url(proposal), {"seen": old, "agree": "yes"})

    assert (check.status_code, answer.status_code) == (409, 409)
    assert "We have changed this proposal since you read it." in answer.content.decode()
    assert not Consent.objects.exists()


def test_without_the_tick_nothing_is_agreed(desk: Desk) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    proposal = ask_for_consent(desk)

    answer = mia.post(consent_url(proposal), {"seen": desk.seen()})

    assert answer.status_code == 422
    assert "Tick the box to say that you agree." in answer.content.decode()
    assert not Consent.objects.exists()


@pytest.mark.parametrize("name", ["portal_consent", "portal_consent_check", "portal_consent_done"])
def test_nobody_else_is_asked(desk: Desk, name: str) -> None:
    proposal = ask_for_consent(desk)
    _, nora = another_household()
    for person in (nora, cast.carl(), desk.ana, desk.tom, cast.ada()):
        client = as_(person)
        assert client.get(consent_url(proposal, name), {"seen": desk.seen()}).status_code == 404
    assert as_(nora).post(consent_url(proposal), {"seen": desk.seen(), "agree": "yes"}).status_code == 404


def test_a_proposal_that_needs_no_consent_asks_for_none(desk: Desk) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    proposal = desk.propose()

    assert mia.get(consent_url(proposal)).status_code == 404
    assert "We need your decision" not in mia.get(PORTAL).content.decode()


def test_a_question_whose_time_is_up_is_not_asked_any_more(
    desk: Desk, set_clock: Callable[[datetime], None]
) -> None:
    mia = as_(desk.sign_in_for(mia_of(desk)))
    proposal = ask_for_consent(desk)
    seen = desk.seen()
    set_clock(TUESDAY_NOON.replace(month=12, day=2))

    assert "We need your decision" not in mia.get(PORTAL).content.decode()
    assert mia.post(consent_url(proposal), {"seen": seen, "agree": "yes"}).status_code == 422
    assert not Consent.objects.exists()


def test_page_and_letter_are_made_from_one_value(desk: Desk) -> None:
    desk.approve()
    frozen = summaries.value_of(desk.summary)
    assert summaries.text_of(frozen) == desk.summary.content
    told = letters.template_values(frozen, published_at=desk.summary.published_at, letterhead=A_LETTERHEAD)
    assert told["headline"] == frozen.headline


@pytest.mark.parametrize("order", [("us_stock", "us_bond", "cash"), ("us_bond", "cash", "us_stock")])
def test_classes_stand_in_the_order_of_the_policy(desk: Desk, order: tuple[str, ...]) -> None:
    for place, code in enumerate(order, start=1):
        AssetClass.objects.filter(code=code).update(position=place)
    names = [AssetClass.objects.get(code=code).name for code in order]
    mia = desk.sign_in_for(mia_of(desk))
    desk.approve()

    bars = portal.portal(mia, at=SUNDAY_NOON).bars
    classes = summaries.value_of(desk.summary).classes
    letter = letters.template_values(
        summaries.value_of(desk.summary), published_at=SUNDAY_NOON, letterhead=A_LETTERHEAD
    )["classes"]

    assert [bar.label for bar in bars] == names
    assert [one.name for one in classes] == names
    assert [one["name"] for one in letter] == names
