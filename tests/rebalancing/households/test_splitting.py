"""One household becomes two: who goes takes along what is theirs, and sees nothing of the others at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.households import (
    cash_flows,
    deaths,
    holds,
    households,
    life_events,
    people,
    tax_profiles,
    tax_units,
)
from clients.models import Account, CashFlow, Household, Person, Policy, TaxUnit
from clients.policies.restrictions import RestrictionSpec
from compliance.audit_trail import audit
from compliance.models import AuditEvent, Review
from compliance.people.actors import Actor
from rebalancing.models import Proposal, Reading
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import two_families
from tests.factories.at_doors import acted
from tests.factories.deciding import scan
from tests.factories.households import SET_UP, an_adopted_policy
from tests.factories.two_families import NEW, TwoFamilies, add, decided, split
from tests.pages import as_, page_of, words_of

RECORD = "two families"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TODAY = SUNDAY_NOON.date()


@pytest.fixture
def firm() -> TwoFamilies:
    return two_families.on_record()


def with_max(firm: TwoFamilies) -> Person:
    """Max, who was married to Mia, owns the IRA, and files jointly with her."""
    max_ = add(firm.millers, "Max", "Miller", part=Person.Part.SPOUSE)
    people.marry(firm.mia, max_, by=SET_UP, at=SUNDAY_NOON)
    unit = firm.millers.tax_units.get()
    tax_units.correct(
        unit,
        code="mia",
        name="Mia and Max",
        filing_status="mfj",
        state="CO",
        members=[firm.mia, max_],
        reason="Marriage.",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    firm.millers.accounts.filter(name="IRA").update(owner=max_)
    people.divorce(firm.mia, divorced_on=LAST_FRIDAY, reason="Decree.", by=SET_UP, at=SUNDAY_NOON)
    max_.refresh_from_db()
    return max_


APART = {"going_status": "single", "going_state": "NY", "staying_status": "hoh"}


def stands_in_the_way(firm: TwoFamilies, household: Household, **typed: Any) -> list[str]:
    answer = acted(firm.ana, f"/households/{household.public_id}/split/", **{**NEW, **typed})
    assert answer.status_code == 422, answer.status_code
    form = answer.context["page"].form
    return [*form.non_field_errors(), *(str(one) for errors in form.errors.values() for one in errors)][
        : len(form.non_field_errors()) or None
    ]


def test_who_goes_takes_along_what_they_own(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    ira, taxable = (firm.millers.accounts.get(name=name) for name in ("IRA", "Taxable"))
    policy = firm.millers.policies.get()

    new = split(firm, firm.millers, people=[max_.public_id], **APART)

    max_.refresh_from_db()
    assert (max_.household, max_.part) == (new, Person.Part.HEAD)
    assert (new.split_from, new.opened_on, new.profile_confirmed_on) == (firm.millers, TODAY, None)
    assert list(new.accounts.all()) == [ira]
    assert list(firm.millers.accounts.all()) == [taxable]
    assert {(one.user, one.part) for one in new.book_entries.all()} == {
        (firm.ana, "advisor"),
        (firm.rui, "reviewer"),
    }
    policy.refresh_from_db()
    assert (policy.state, new.policies.count()) == (Policy.State.ADOPTED, 0)
    page = page_of(as_(firm.ana).get(f"/households/{new.public_id}/"))
    assert [(one.sentence, one.name) for one in page.kin] == [("On Nov 22, 2026 it was split from", "Miller")]
    page = page_of(as_(firm.ana).get(f"/households/{firm.millers.public_id}/"))
    assert [(one.sentence, one.name) for one in page.kin] == [
        ("On Nov 22, 2026 people and accounts went to", "New")
    ]
    assert audit.verify_and_record(by=SET_UP, at=SUNDAY_NOON).is_intact


def test_a_joint_return_ends_and_each_files_alone(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    joint = firm.millers.tax_units.get()

    new = split(firm, firm.millers, people=[max_.public_id], **APART)

    joint.refresh_from_db()
    assert (joint.household, joint.last_tax_year, joint.members.count()) == (firm.millers, 2025, 2)
    hers, his = firm.millers.tax_units.exclude(pk=joint.pk).get(), new.tax_units.get()
    assert [(one.name, one.filing_status, one.state, list(one.members.all())) for one in (hers, his)] == [
        ("Mia Miller", "hoh", "CO", [firm.mia]),
        ("Max Miller", "single", "NY", [max_]),
    ]
    assert firm.millers.accounts.get().tax_unit == hers
    waiting = tax_profiles.unconfirmed(TaxUnit.objects.all(), year=2026)
    assert waiting == [hers]


def test_who_left_sees_nothing_of_the_others_at_once(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    hal, carl = cast.hal(), cast.carl()
    households.grant_sign_in(max_, user=hal, may_see="household", by=SET_UP, at=SUNDAY_NOON)
    households.grant_sign_in(firm.mia, user=carl, may_see="household", by=SET_UP, at=SUNDAY_NOON)
    his = as_(hal)
    taxable = firm.millers.accounts.get(name="Taxable")

    def seen(client: Any) -> set[str]:
        (row,) = client.get("/api/v1/households/").json()["results"]
        return {one["public_id"] for one in row["accounts"]}

    assert taxable.public_id in seen(his)
    new = split(firm, firm.millers, people=[max_.public_id], **APART)
    assert seen(his) == {new.accounts.get().public_id}
    assert seen(as_(carl)) == {taxable.public_id}
    assert his.get(f"/api/v1/accounts/{taxable.public_id}/").status_code in (403, 404)


def test_a_joint_account_stays_until_it_is_retitled_unless_it_was_chosen(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    firm.millers.accounts.filter(name="Taxable").update(registration="joint", joint_owner=max_)
    joint = firm.millers.accounts.get(name="Taxable")
    address = f"/households/{firm.millers.public_id}/split/"
    form = page_of(as_(firm.ana).get(address)).form
    assert [key for key, _ in form.fields["joint"].choices] == [joint.public_id]

    with_it = {"joint": [joint.public_id]}
    checked = acted_up_to_the_check(firm, address, people=[max_.public_id], **APART)
    assert f"{joint} stays in Miller until it is retitled" in checked
    checked = acted_up_to_the_check(firm, address, people=[max_.public_id], **APART, **with_it)
    assert f"{joint} goes to New; retitle it" in checked

    new = split(firm, firm.millers, people=[max_.public_id], **APART)
    joint.refresh_from_db()
    assert (joint.household, joint.owner, joint.joint_owner) == (firm.millers, firm.mia, max_)
    assert joint.tax_unit is not None
    assert joint.tax_unit.household == firm.millers
    died = deaths.record(max_, died_on=LAST_FRIDAY, on=TODAY, by=SET_UP, at=SUNDAY_NOON)
    assert {(one.household, one.account.name) for one in Account.objects.get(pk=joint.pk).holds.all()} == {
        (firm.millers, "Taxable")
    }
    assert died.household == new


def acted_up_to_the_check(firm: TwoFamilies, address: str, **typed: Any) -> str:
    client = as_(firm.ana)
    answer = client.post(address, {**NEW, **typed})
    assert answer.context["page"].checked, answer.context["page"].form.errors
    told = {(line.before, line.after) for line in answer.context["page"].lines}
    return " | ".join(f"{before} {after}" for before, after in told)


def test_spouses_are_not_parted_before_their_divorce(firm: TwoFamilies) -> None:
    max_ = add(firm.millers, "Max", "Miller")
    people.marry(firm.mia, max_, by=SET_UP, at=SUNDAY_NOON)

    assert stands_in_the_way(firm, firm.millers, people=[max_.public_id]) == [
        "Max Miller is married to Mia Miller, and a purchase by one disallows a loss of the other. Record the divorce "
        "first, or let both go."
    ]


def test_everything_that_stands_in_the_way_is_named(firm: TwoFamilies) -> None:
    max_ = with_max(firm)

    assert stands_in_the_way(
        firm, firm.millers, people=[max_.public_id], last_joint_year="", code="hart"
    ) == [
        "Max Miller files with Mia and Max. Say how they file from now on.",
        "Mia and Max is a joint return of both sides. Say how Mia Miller files from now on.",
        "Mia and Max is a joint return of both sides. Say for which year they file it last.",
        "The code hart belongs to Hart. Choose another; a code is never used again.",
    ]
    assert stands_in_the_way(firm, firm.millers, people=[max_.public_id, firm.mia.public_id], **APART) == [
        "Nobody would be left in Miller. Rename the household, or leave somebody out."
    ]


def test_an_account_goes_with_the_return_that_reports_it(firm: TwoFamilies) -> None:
    max_ = add(firm.millers, "Max", "Miller")
    firm.millers.accounts.filter(name="Taxable").update(owner=max_)

    assert stands_in_the_way(firm, firm.millers, people=[max_.public_id]) == [
        "Taxable ····0001 goes, and its trades are taxed on the return of Mia Miller, which stays. Let its people be on "
        "one side, or correct the account first."
    ]


def test_a_child_leaves_with_a_return_of_its_own(firm: TwoFamilies) -> None:
    mo = add(firm.millers, "Mo", "Miller", part=Person.Part.CHILD)
    unit = tax_units.add(
        firm.millers,
        code="mo",
        name="Mo Miller",
        filing_status="single",
        state="CO",
        members=[mo],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    tax_profiles.confirm(unit, tax_year=2026, confirmed_on=LAST_FRIDAY, wages=D(9), by=SET_UP, at=SUNDAY_NOON)
    firm.millers.accounts.filter(name="Taxable").update(owner=mo, tax_unit=unit)

    new = split(firm, firm.millers, people=[mo.public_id])

    unit.refresh_from_db()
    assert (unit.household, unit.code, unit.last_tax_year) == (new, "mo", None)
    assert unit.profiles.get().wages == D(9)
    assert new.accounts.get().tax_unit == unit
    assert new.people.get().part == Person.Part.HEAD


def test_holds_needs_and_events_follow_whom_they_are_about(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    ira = firm.millers.accounts.get(name="IRA")
    facts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    days = {"starts_on": LAST_FRIDAY, "expires_on": date(2026, 12, 20)}
    his = holds.place(
        firm.millers, account=ira, security=None, kind="advisor", reason="His house.", **days, **facts
    )
    both = holds.place(
        firm.millers, account=None, security=None, kind="legal", reason="A court's order.", **days, **facts
    )
    event = life_events.record(
        firm.millers,
        kind="job_loss",
        opened_on=LAST_FRIDAY,
        person=max_,
        note="",
        **without(facts, "user_id"),
    )
    need = cash_flows.expect(
        ira, kind=CashFlow.Kind.WITHDRAWAL, amount=D(-50), due_on=date(2026, 12, 1), note="", **facts
    )

    new = split(firm, firm.millers, people=[max_.public_id], **APART)

    assert {(one.reason, one.replaces, one.account) for one in new.holds.all()} == {
        ("His house.", his, ira),
        ("A court's order.", None, None),
    }
    assert [one.pk for one in firm.millers.holds.filter(lifted_at=None)] == [both.pk]
    assert [(one.kind, one.replaces, one.is_open) for one in new.life_events.all()] == [
        ("job_loss", event, True)
    ]
    assert [one.kind for one in firm.millers.life_events.filter(cancelled_at=None)] == ["divorce"]
    need.refresh_from_db()
    assert (need.account.household, need.is_open) == (new, True)


def without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


def test_a_draft_begins_from_the_old_policy_without_its_accounts(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    ira, taxable = (firm.millers.accounts.get(name=name) for name in ("IRA", "Taxable"))
    an_adopted_policy(
        firm.millers,
        model=firm.millers.policies.get().model,
        reviewer=firm.rui,
        restrictions=[
            RestrictionSpec(kind="do_not_sell", reason="His.", symbol="ZUS", account=ira),
            RestrictionSpec(kind="do_not_sell", reason="Hers.", symbol="ZUS", account=taxable),
        ],
    )

    new = split(firm, firm.millers, people=[max_.public_id], policy="draft", **APART)

    draft = new.policies.get()
    assert (draft.state, draft.version) == (Policy.State.DRAFT, 1)
    assert [one.reason for one in draft.restrictions.all()] == ["His."]
    scan()
    told = {one.household.code: one.outcome for one in Reading.objects.all()}
    assert told["new"] == "no_policy"
    assert told["miller"] != "data"


def test_an_open_proposal_is_called_off_and_nobody_becomes_its_maker(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    event = firm.millers.life_events.get()
    life_events.resolve(
        event,
        resolved_on=TODAY,
        reason="It fits.",
        user_id=firm.ana.pk,
        by=Actor.person(firm.ana),
        at=SUNDAY_NOON,
    )
    scan()
    proposal = Proposal.objects.get(household=firm.millers)

    new = split(firm, firm.millers, people=[max_.public_id], **APART)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.household) == ("withdrawn", firm.millers)
    lines = AuditEvent.objects.filter(action="household.split").order_by("seq")
    assert [(one.household_ref, one.person_ref) for one in lines] == [
        (firm.millers.public_id, str(firm.rui.pk)),
        (new.public_id, str(firm.rui.pk)),
    ]
    assert audit.verify_and_record(by=SET_UP, at=SUNDAY_NOON).is_intact


def test_a_program_splits_as_well(firm: TwoFamilies) -> None:
    max_ = with_max(firm)
    url = f"/api/v1/households/{firm.millers.public_id}/split/"

    answer = as_(firm.ana).post(url, {**NEW, "people": [max_.public_id], **APART}, "application/json")

    assert answer.status_code == 202, answer.content
    review = Review.objects.get(subject_kind="correction")
    assert "sees" not in words_of(as_(firm.rui).get(f"/reviews/{review.public_id}/")).partition("Decide")[2]
    assert decided(review, firm.rui).status_code == 302
    assert Household.objects.get(code="new").people.get() == max_


def test_only_its_advisor_asks_for_it(firm: TwoFamilies) -> None:
    for user, status in ((firm.ana, 200), (firm.rui, 403), (cast.tom(), 403), (cast.otto(), 404)):
        answer = as_(user).get(f"/households/{firm.millers.public_id}/split/")
        assert answer.status_code == status
