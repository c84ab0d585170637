"""People marry, part, die and leave; what may not happen is refused with what stands in the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from clients.households import deaths, people, tax_units
from clients.models import Household, Person
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household, the_millers

pytestmark = pytest.mark.django_db
TODAY = SUNDAY_NOON.date()


def add(household: Household, given: str, family: str = "Miller", **facts: Any) -> Person:
    return people.add(
        household,
        **{
            "given_name": given,
            "family_name": family,
            "part": Person.Part.SPOUSE,
            "born_on": None,
            "tax_number": None,
            "by": SET_UP,
            "at": SUNDAY_NOON,
            **facts,
        },
    )


def said(refusal: Conflict) -> list[str]:
    return [cause.sentence for cause in refusal.causes]


def test_a_marriage_that_is_news_opens_a_life_event() -> None:
    millers = the_millers()
    mia, max_ = millers.people.get(), add(millers, "Max")

    people.marry(mia, max_, married_on=LAST_FRIDAY, by=SET_UP, at=SUNDAY_NOON)

    mia.refresh_from_db()
    assert mia.spouse == max_
    assert [(one.kind, one.person) for one in millers.life_events.all()] == [("marriage", mia)]


def test_a_divorce_parts_both_and_opens_a_life_event() -> None:
    millers = the_millers()
    mia, max_ = millers.people.get(), add(millers, "Max")
    people.marry(mia, max_, by=SET_UP, at=SUNDAY_NOON)

    people.divorce(max_, divorced_on=LAST_FRIDAY, reason="Decree of the court.", by=SET_UP, at=SUNDAY_NOON)

    assert [one.spouse for one in millers.people.all()] == [None, None]
    assert [one.kind for one in millers.life_events.all()] == ["divorce"]


def test_a_death_holds_what_they_owned_and_ends_a_return_that_nobody_living_files(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    mia = millers.people.get()

    deaths.record(mia, died_on=LAST_FRIDAY, on=TODAY, by=Actor.person(ana), at=SUNDAY_NOON)

    mia.refresh_from_db()
    assert (mia.deceased_on, mia.may_see) == (LAST_FRIDAY, Person.MaySee.NOTHING)
    assert {hold.account for hold in millers.holds.filter(kind="deceased")} == set(millers.accounts.all())
    assert [unit.last_tax_year for unit in millers.tax_units.all()] == [2026]
    assert [event.kind for event in millers.life_events.all()] == ["death"]


def test_a_joint_return_goes_on_for_the_survivor() -> None:
    millers = the_millers()
    mia, max_ = millers.people.get(), add(millers, "Max")
    people.marry(mia, max_, by=SET_UP, at=SUNDAY_NOON)
    unit = tax_units.add(
        millers,
        code="joint",
        name="Mia and Max",
        filing_status="mfj",
        state="CO",
        members=[mia, max_],
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    deaths.record(max_, died_on=LAST_FRIDAY, on=TODAY, by=SET_UP, at=SUNDAY_NOON)

    unit.refresh_from_db()
    mia.refresh_from_db()
    assert (unit.last_tax_year, mia.spouse) == (None, None)


def test_who_owns_files_or_is_married_cannot_leave(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    mia, max_ = millers.people.get(), add(millers, "Max")
    people.marry(mia, max_, by=SET_UP, at=SUNDAY_NOON)

    with pytest.raises(Conflict) as refused:
        people.leave(mia, left_on=TODAY, reason="Moved out.", by=SET_UP, at=SUNDAY_NOON)

    assert said(refused.value) == [
        "Mia Miller owns IRA ····0002.",
        "Mia Miller owns Taxable ····0001.",
        "Mia Miller is married to Max Miller.",
        "Mia Miller files with the tax unit Mia Miller.",
    ]


def test_who_left_may_come_back() -> None:
    millers = the_millers()
    max_ = add(millers, "Max", part=Person.Part.CHILD)

    people.leave(max_, left_on=TODAY, reason="Moved out.", by=SET_UP, at=SUNDAY_NOON)
    max_.refresh_from_db()
    assert (max_.left_on, max_.may_see) == (TODAY, Person.MaySee.NOTHING)

    people.come_back(max_, reason="Moved in.", by=SET_UP, at=SUNDAY_NOON)
    max_.refresh_from_db()
    assert max_.left_on is None


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"given": ""}, "A person needs a given name."),
        ({"given": "Mia"}, "Mia Miller is already on record in Miller."),
        ({"given": "Miller", "kind": "trust"}, "A trust or an entity has one name."),
    ],
)
def test_a_name_has_to_tell_who_is_meant(facts: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        add(the_millers(), facts.pop("given"), **facts)

    assert refused.value.sentence == sentence


def test_a_trust_owns_and_files_by_itself() -> None:
    millers = the_millers()
    trust = add(millers, "", "Miller Family Trust", kind="trust", parties="Trustee: Mia. For: Max.")

    unit = tax_units.add(
        millers,
        code="trust",
        name="Miller Family Trust",
        filing_status="trust",
        state="CO",
        members=[trust],
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    assert (str(trust), list(unit.members.all())) == ("Miller Family Trust", [trust])
    with pytest.raises(BadInput, match="between two people"):
        people.marry(millers.people.get(given_name="Mia"), trust, by=SET_UP, at=SUNDAY_NOON)


def test_a_correction_says_what_changed_and_never_what_is_encrypted() -> None:
    mia = the_millers().people.get()

    people.correct(
        mia,
        kind="person",
        given_name="Maria",
        family_name="Miller",
        part="head",
        parties="",
        born_on=date(1971, 5, 4),
        tax_number="900-11-2222",
        reason="As her passport has it.",
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    facts = audit.trail(about=mia).last()
    assert facts is not None
    assert '"given_name":{"after":"Maria","before":"Mia"}' in facts.facts
    assert '"born_on_text":"changed"' in facts.facts
    assert '"tax_number":"changed"' in facts.facts
    assert not [secret for secret in ("1971", "1970", "2222", "900-") if secret in facts.facts]


def test_what_is_not_typed_stays() -> None:
    mia = the_millers().people.get()

    people.correct(
        mia,
        kind="person",
        given_name="Mia",
        family_name="Miller-Hart",
        part="head",
        parties="",
        born_on=None,
        tax_number=None,
        reason="Her new name.",
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    mia.refresh_from_db()
    assert (mia.born_on_text, mia.tax_number, mia.tax_number_last4) == ("1970-05-04", "900-00-0001", "0001")
