from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from advisory.models import User
from compliance import restrictions
from compliance.audit_trail import audit
from compliance.models import ListKind, RestrictedIssuer
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, NotAllowed
from compliance.restrictions import Restriction
from tests.clock import MONDAY_NOON, TUESDAY_NOON

pytestmark = pytest.mark.django_db

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def place(by: User, **changes: Any) -> RestrictedIssuer:
    arguments = {
        "kind": ListKind.RESTRICTED,
        "starts_on": MONDAY,
        "reason": "We advise its board.",
        "on_record": ("XYZ Corp",),
        **changes,
    }
    issuer = arguments.pop("issuer", "XYZ Corp")
    return restrictions.place(issuer, by=Actor.person(by), at=MONDAY_NOON, **arguments)


def test_an_issuer_counts_from_its_first_to_its_last_day(cora: User) -> None:
    place(cora, ends_on=MONDAY)
    standing = Restriction("XYZ Corp", ListKind.RESTRICTED, MONDAY, MONDAY)

    assert [restrictions.in_force(on=day) for day in (FRIDAY, MONDAY, TUESDAY)] == [(), (standing,), ()]


def test_taking_an_issuer_off_needs_a_second_person(cora: User, nina: User) -> None:
    placed = place(cora)

    with pytest.raises(NotAllowed, match="a colleague has to remove it"):
        restrictions.lift(placed, "Over.", by=Actor.person(cora), at=TUESDAY_NOON)
    restrictions.lift(placed, "Over.", by=Actor.person(nina), at=TUESDAY_NOON)

    assert restrictions.in_force(on=TUESDAY) == ()
    assert [event.action for event in audit.trail(about=placed)] == ["issuer.restricted", "issuer.released"]
    with pytest.raises(Conflict):
        restrictions.lift(placed, "Again.", by=Actor.person(nina), at=TUESDAY_NOON)


def test_only_compliance_keeps_the_list(rui: User, cora: User) -> None:
    with pytest.raises(NotAllowed):
        place(rui)
    with pytest.raises(NotAllowed):
        restrictions.lift(place(cora), "Over.", by=Actor.person(rui), at=TUESDAY_NOON)


def test_an_issuer_stands_on_a_list_once(cora: User) -> None:
    place(cora)

    with pytest.raises(Conflict, match="already on that list"):
        place(cora)
    assert place(cora, kind=ListKind.WATCH)


def test_an_issuer_that_matches_nothing_is_refused_and_told_what_reads_alike(cora: User) -> None:
    with pytest.raises(BadInput, match="No security on record is issued by 'XYZ Corq'") as refused:
        place(cora, issuer="XYZ Corq")
    assert "Did you mean XYZ Corp?" in refused.value.how_to_fix
    with pytest.raises(BadInput, match="restrict nothing"):
        place(cora, issuer="zzz nobody")

    assert not RestrictedIssuer.objects.exists()


def test_an_issuer_nobody_holds_yet_is_listed_where_that_is_meant(cora: User) -> None:
    assert place(cora, issuer="Soon Public Inc", unmatched=True).issuer == "Soon Public Inc"


def test_an_issuer_is_listed_as_the_record_spells_it(cora: User) -> None:
    assert place(cora, issuer="xyz CORP").issuer == "XYZ Corp"


@pytest.mark.parametrize("changes", [{"issuer": " "}, {"reason": ""}, {"ends_on": FRIDAY}], ids=str)
def test_a_restriction_without_name_reason_or_span_is_refused(changes: Any, cora: User) -> None:
    with pytest.raises(BadInput):
        place(cora, **changes)
