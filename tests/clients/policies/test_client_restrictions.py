"""What clients ask for outside their policies: recorded, made stricter by one person, looser or ended by two."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from clients.models import ClientRestriction, Household, Security, TaxLot
from clients.policies import client_restrictions, restriction_terms
from clients.policies.restriction_terms import Terms
from compliance import clock
from compliance.audit_trail import audit
from compliance.doors import reviewing
from compliance.models import Review, Verdict
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.examples import many
from tests.factories.at_doors import acted, door
from tests.factories.households import SET_UP, a_managed_household
from tests.pages import as_
from tests.spec.drawn import rows

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2026, 11, 1), date(2027, 3, 1))


@pytest.fixture
def millers(db: None) -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Security.objects.filter(symbol="ZUS").update(issuer="Zed Corp", sector="Energy")
    Security.objects.filter(symbol="ZUB").update(issuer="Beta Corp")
    return household


def asked(**changes: Any) -> Terms:
    facts: dict[str, Any] = {
        "kind": "do_not_sell", "reason": "From my mother.", "asked_by": "Mia Miller",
        "asked_on": date(2026, 11, 20), "starts_on": TODAY, "document": "Letter of Nov 20",
    }  # fmt: skip
    if not changes.keys() & {"lot", "security", "issuers", "sector", "asset_class"}:
        facts["security"] = Security.objects.get(symbol="ZUS")
    return Terms(**facts | changes)


def recorded(household: Household, **changes: Any) -> ClientRestriction:
    return client_restrictions.record(
        household, asked(**changes), on=TODAY, user_id=None, by=SET_UP, at=SUNDAY_NOON
    )


def test_a_restriction_says_who_asked_when_and_on_what_paper(millers: Household) -> None:
    row = recorded(millers)

    assert client_restrictions.sentence(row) == "From my mother (the client's instruction of 2026-11-20)"
    event = audit.trail(about=row).get()
    assert (event.action, event.household_ref) == (audit.Action.RESTRICTION_MADE, millers.public_id)
    assert audit.differences(about=[row]) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"security": None}, "about one thing"),
        ({"issuers": ("Zed Corp",), "security": "ZUS"}, "about one thing"),
        ({"issuers": ("Zedd Corp",)}, "There is no issuer 'Zedd Corp' on record"),
        ({"sector": "Enargy"}, "There is no sector 'Enargy' on record"),
        ({"kind": "keep"}, "needs that day"),
        ({"kind": "cap"}, "A cap is a percentage"),
        ({"weight_cap": D("0.1")}, "Only a cap has a percentage"),
        ({"reason": " "}, "says why it is"),
        ({"ends_on": date(2026, 11, 21)}, "end before it starts"),
        ({"asked_on": date(2026, 11, 23)}, "in the future"),
        ({"lot": "first", "kind": "do_not_buy"}, "can only be kept"),
    ],
)
def test_what_cannot_be_or_has_no_effect_is_refused(
    millers: Household, changes: dict[str, Any], sentence: str
) -> None:
    if changes.get("security"):
        changes = {**changes, "security": Security.objects.get(symbol="ZUS")}
    if changes.get("lot"):
        changes = {**changes, "lot": TaxLot.objects.filter(account__household=millers)[0]}

    with pytest.raises(BadInput, match=sentence):
        recorded(millers, **changes)


def test_the_same_wish_stands_once(millers: Household) -> None:
    recorded(millers)

    with pytest.raises(Conflict, match="Exactly this restriction is on record"):
        recorded(millers, reason="Once more.")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        starts     | ends       | cap | issuers   | to starts      | to ends    | to cap | to issuers | looser
        2026-11-01 |            | 10  | Zed, Beta | 2026-11-01     |            | 10  | Zed, Beta |
        2026-11-01 |            | 10  | Zed       | 2026-11-22     |            | 10  | Zed     |
        2026-11-01 |            | 10  | Zed       | 2026-11-23     |            | 10  | Zed     | it would start later
        2026-12-01 |            | 10  | Zed       | 2026-11-25     |            | 10  | Zed     |
        2026-11-01 |            | 10  | Zed       | 2026-11-01     | 2026-12-31 | 10  | Zed     | it would end earlier
        2026-11-01 | 2026-12-31 | 10  | Zed       | 2026-11-01     | 2026-12-30 | 10  | Zed     | it would end earlier
        2026-11-01 | 2026-12-31 | 10  | Zed       | 2026-11-01     | 2027-01-01 | 10  | Zed     |
        2026-11-01 | 2026-12-31 | 10  | Zed       | 2026-11-01     |            | 10  | Zed     |
        2026-11-01 |            | 10  | Zed       | 2026-11-01     |            | 11  | Zed     | its cap would be higher
        2026-11-01 |            | 10  | Zed       | 2026-11-01     |            | 9   | Zed     |
        2026-11-01 |            | 10  | Zed, Beta | 2026-11-01     |            | 10  | Zed     | it would no longer name Beta
        2026-11-01 |            | 10  | Zed       | 2026-11-01     |            | 10  | Zed, Beta |
        """
    ),
)  # fmt: skip
def test_what_allows_more_than_before_is_looser(row: dict[str, str]) -> None:
    def terms(before: str) -> Terms:
        return Terms(
            kind="cap", reason="x", asked_by="x", asked_on=TODAY,
            starts_on=date.fromisoformat(row[f"{before}starts"]),
            ends_on=date.fromisoformat(row[f"{before}ends"]) if row[f"{before}ends"] else None,
            weight_cap=D(row[f"{before}cap"]), issuers=tuple(row[f"{before}issuers"].split(", ")),
        )  # fmt: skip

    assert restriction_terms.is_looser(terms(""), terms("to "), on=TODAY) == row["looser"]


@many
@given(
    before=st.tuples(DAYS, st.none() | DAYS, st.sampled_from([D(5), D(10)])),
    after=st.tuples(DAYS, st.none() | DAYS, st.sampled_from([D(5), D(10)])),
    day=DAYS,
)
def test_what_is_not_looser_forbids_on_every_coming_day_what_was_forbidden(
    before: Any, after: Any, day: date
) -> None:
    """Of two caps over spans: where the second is not called looser, no day from today on allows more."""

    def terms(given: Any) -> Terms:
        starts_on, ends_on, cap = given
        return Terms(
            kind="cap", reason="x", asked_by="x", asked_on=TODAY, starts_on=starts_on, ends_on=ends_on, weight_cap=cap
        )  # fmt: skip

    def limit(one: Terms) -> D:
        counts = one.starts_on <= day and (one.ends_on is None or day <= one.ends_on)
        assert one.weight_cap is not None
        return one.weight_cap if counts else D(100)

    if day >= TODAY and not restriction_terms.is_looser(terms(before), terms(after), on=TODAY):
        assert limit(terms(after)) <= limit(terms(before))


def test_a_change_ends_the_old_one_and_keeps_it(millers: Household) -> None:
    old = recorded(millers, kind="cap", weight_cap=D("0.10"))

    new = client_restrictions.change(
        old, replace(Terms.of(old), weight_cap=D("0.05")), on=TODAY, may_loosen=False, user_id=cast.ana().pk,
        by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip

    old.refresh_from_db()
    assert (old.cancel_reason, new.replaces, new.weight_cap) == ("Changed", old, D("0.05"))
    assert audit.differences(about=[old, new]) == []
    assert list(client_restrictions.in_force([millers], on=TODAY)) == [new]


def test_it_ends_by_its_day_and_the_trail_says_so_once(millers: Household) -> None:
    row = recorded(millers, kind="keep", ends_on=date(2026, 11, 30))
    on = date(2026, 12, 1)

    assert [client_restrictions.expire(on=on, by=SET_UP, at=SUNDAY_NOON) for _ in range(2)] == [1, 0]

    row.refresh_from_db()
    assert row.expired_at == SUNDAY_NOON
    assert list(client_restrictions.in_force([millers], on=on)) == []
    assert audit.differences(about=[row]) == []
    with pytest.raises(Conflict, match="has ended already"):
        client_restrictions.cancel(row, reason="x", user_id=None, by=SET_UP, at=SUNDAY_NOON)


def test_no_edit_reaches_a_restriction_past_its_verbs(millers: Household) -> None:
    row = recorded(millers)

    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE clients_clientrestriction SET reason = 'Another.' WHERE id = %s", [row.pk]
        )


TYPED = {
    "kind": "cap", "issuers": "Zed Corp\nBeta Corp", "weight_cap": "10", "reason": "No more than that.",
    "asked_by": "Mia Miller", "asked_on": "2026-11-20", "starts_on": "2026-11-22", "document": "Call note",
}  # fmt: skip


def at_the_door(millers: Household, ana: Any) -> ClientRestriction:
    answer = acted(ana, door("client_restriction_record", millers.public_id), **TYPED)
    assert answer.status_code == 302, answer.content.decode()
    return ClientRestriction.objects.get()


def test_the_advisor_records_one_and_makes_it_stricter_alone(millers: Household) -> None:
    ana = cast.ana()
    row = at_the_door(millers, ana)
    assert (row.issuers, row.weight_cap, row.made_by) == (["Beta Corp", "Zed Corp"], D("0.1"), ana)

    said = {name: TYPED[name] for name in ("reason", "asked_by", "asked_on", "starts_on", "issuers")}
    acted(ana, door("client_restriction_tighten", row.public_id), **{**said, "weight_cap": "7.5"})

    new = ClientRestriction.objects.get(cancelled_at=None)
    assert (new.weight_cap, new.replaces) == (D("0.075"), row)


def test_making_it_looser_is_refused_alone_and_needs_a_second_person(millers: Household) -> None:
    ana = cast.ana()
    row = at_the_door(millers, ana)
    said = {name: TYPED[name] for name in ("reason", "asked_by", "asked_on", "starts_on", "issuers")}
    looser = {**said, "weight_cap": "20"}

    alone = acted(ana, door("client_restriction_tighten", row.public_id), **looser)
    acted(ana, door("client_restriction_loosen", row.public_id), **looser)

    assert alone.status_code == 422
    assert "This would make it looser: its cap would be higher" in alone.content.decode()
    assert ClientRestriction.objects.get() == row, "nothing has changed yet"
    decided()
    assert ClientRestriction.objects.get(cancelled_at=None).weight_cap == D("0.2")


def test_cancelling_it_needs_a_second_person(millers: Household) -> None:
    row = at_the_door(millers, cast.ana())

    acted(cast.ana(), door("client_restriction_cancel", row.public_id), reason="Mia called.")
    row.refresh_from_db()
    assert row.cancelled_at is None

    decided()
    row.refresh_from_db()
    assert (row.cancel_reason, row.cancelled_at is not None) == ("Mia called.", True)


def decided() -> None:
    review = Review.objects.get(state="open")
    reviewing.decide(
        review,
        Verdict.APPROVED,
        seen=review.fingerprint,
        text="",
        by=Actor.person(cast.cora()),
        at=clock.now(),
    )


def test_only_the_households_advisor_records_restrictions(millers: Household) -> None:
    for person in (cast.otto(), cast.rui(), cast.tom()):
        answer = as_(person).get(door("client_restriction_record", millers.public_id))
        assert answer.status_code in (403, 404), person


def test_pages_and_programs_show_both_kinds_told_apart(millers: Household) -> None:
    row = recorded(millers)
    client = as_(cast.ana())

    policy_tab = client.get(f"{door('household', millers.public_id)}?tab=policy").content.decode()
    own_page = client.get(door("client_restriction", row.public_id)).content.decode()
    listed = client.get(door("client_restriction_list")).content.decode()
    told = client.get(f"/api/v1/client-restrictions/{row.public_id}/").json()

    assert "Outside the policy" in policy_tab
    assert "From my mother." in policy_tab
    assert "Client restriction recorded" in own_page
    assert "Do not sell: ZUS" in listed
    assert (told["kind"], told["symbol"], told["asked_on"]) == ("do_not_sell", "ZUS", "2026-11-20")
