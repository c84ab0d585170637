"""From an empty record to next year's profile, in the browser and for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from clients.households import holds
from clients.models import Household, TaxProfile
from compliance.people.actors import Actor
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import a_managed_household
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

ZEROS = dict.fromkeys(
    (
        *("short_term_carryover", "long_term_carryover", "short_term_before", "long_term_before"),
        "distributions_expected",
    ),
    "0",
)


def through(client: Client, url: str, typed: dict[str, Any], *, checked: bool = True) -> Any:
    """Type into a door, pass its check page, and come out behind it."""
    answer = client.post(url, typed)
    if checked:
        assert answer.status_code == 200, answer.content.decode()
        page = answer.context["page"]
        assert page.checked, page.form.errors
        answer = client.post(url, {**typed, "door_checked": page.checked})
    assert answer.status_code == 302, answer.context["page"].form.errors
    return answer


def test_a_household_from_nothing_to_next_years_profile(ana: Any, rui: Any) -> None:
    client = as_(ana)
    opened = through(
        client,
        "/households/open/",
        {
            "code": "hart-2",
            "name": "Hart",
            "opened_on": "2026-11-02",
            "given_name": "Hanna",
            "family_name": "Hart",
            "born_on": "1970-02-03",
            "tax_number": "900-00-0002",
            "spouse_given_name": "Hal",
            "spouse_family_name": "Hart",
            "filing_status": "mfj",
            "state": "CO",
            "reviewer": str(rui.pk),
        },
    )
    household = Household.objects.get()
    assert opened["Location"] == f"/households/{household.public_id}/"
    assert client.get(opened["Location"]).status_code == 200
    hanna, hal = household.people.all()
    assert (hanna.spouse, hanna.tax_number, hanna.born_on_text) == (hal, "900-00-0002", "1970-02-03")
    assert {(entry.user, entry.part) for entry in household.book_entries.all()} == {
        (ana, "advisor"),
        (rui, "reviewer"),
    }
    unit = household.tax_units.get()
    assert (unit.name, unit.filing_status) == ("Hanna Hart and Hal Hart", "mfj")
    through(
        client,
        f"/households/{household.public_id}/people/add/",
        {"kind": "trust", "family_name": "Hart Trust", "part": "other", "parties": "Trustee: Hanna."},
        checked=False,
    )

    url = f"/tax-units/{unit.public_id}/profiles/2026/confirm/"
    figures = {"filing_status": "mfj", "state": "CO", "wages": "250000", "state_rate": "4.4", **ZEROS}
    through(client, url, {**figures, "gain_budget": "20000", "confirmed_on": "2026-11-20"})

    profile = TaxProfile.objects.get()
    assert (str(profile.wages), str(profile.state_rate)) == ("250000.00", "0.044000")
    form = client.get(f"/tax-units/{unit.public_id}/profiles/2027/confirm/").context["page"].form
    copied = {name: str(form[name].value()) for name in ("wages", "gain_budget", "filing_status")}
    assert copied == {"wages": "250000.00", "gain_budget": "20000.00", "filing_status": "mfj"}
    assert form["short_term_carryover"].value() is None
    assert "carry $0.00 of short-term" in form["short_term_carryover"].help_text
    refused = client.get(url)
    assert refused.status_code == 403
    assert "The profile of 2026 is confirmed. Correct it instead." in refused.content.decode()


def test_last_years_loss_is_suggested_and_not_taken(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    TaxProfile.objects.update(short_term_before="-9000", long_term_before="1000")
    unit = millers.tax_units.get()

    form = as_(ana).get(f"/tax-units/{unit.public_id}/profiles/2027/confirm/").context["page"].form

    # 9,000 of short-term loss less 1,000 of gain, of which 3,000 are deducted this year (IRC 1211(b)(1)).
    assert form["short_term_carryover"].help_text == (
        "As a positive figure. From 2026 so far: realized −$9,000.00 short-term and $1,000.00 long-term carry "
        "$5,000.00 of short-term and $0.00 of long-term losses into 2027. Compare with the return that was filed."
    )
    assert form["short_term_carryover"].value() is None


def test_the_list_leads_to_each_form_and_says_who_confirms(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    confirm = f"/tax-units/{millers.tax_units.get().public_id}/profiles/2027/confirm/"

    page = as_(ana).get("/tax-profiles/?year=2027").context["page"]
    assert (page.heading, [row.confirm_url for row in page.rows]) == (
        "1 tax profile of 2027 not confirmed",
        [confirm],
    )
    page = as_(rui).get("/tax-profiles/?year=2027").context["page"]
    assert [row.confirm_url for row in page.rows] == [""]
    assert as_(ana).get("/tax-profiles/").context["page"].heading == "Every tax profile of 2026 is confirmed"
    assert as_(ana).get("/tax-profiles/?year=27").status_code == 422
    read = as_(ana).get("/api/v1/tax-profiles/waiting/?year=2027").json()
    assert [row["household_code"] for row in read["results"]] == ["miller"]
    assert as_(ana).get("/api/v1/tax-profiles/waiting/?yaer=2027").status_code == 422


def test_a_program_reads_and_corrects_a_profile(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    client = as_(ana)
    (unit,) = client.get(f"/api/v1/households/{millers.public_id}/").json()["tax_units"]
    (profile,) = unit["profiles"]
    assert (profile["tax_year"], profile["wages"]) == (2026, "180000.00")
    url = f"/api/v1/tax-profiles/{profile['public_id']}/correct/"

    read = client.get(url)
    done = client.post(
        url,
        {"wages": "190000", "reason": "A raise."},
        "application/json",
        headers={"If-Match": read["ETag"]},
    )

    assert done.status_code == 200, done.content
    assert str(TaxProfile.objects.get().wages) == "190000.00"


@pytest.mark.parametrize(
    ("who", "status"), [("ana", 200), ("rui", 403), ("tom", 403), ("cora", 403), ("bea", 404), ("ada", 404)]
)
def test_only_its_advisor_changes_a_household(
    ana: Any, rui: Any, who: str, status: int, request: pytest.FixtureRequest
) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    mia, unit = millers.people.get(), millers.tax_units.get()
    user = request.getfixturevalue(who)
    for url in (
        f"households/{millers.public_id}/correct/",
        f"households/{millers.public_id}/confirm-profile/",
        f"households/{millers.public_id}/people/add/",
        f"households/{millers.public_id}/people/marry/",
        f"people/{mia.public_id}/correct/",
        f"people/{mia.public_id}/leave/",
        f"people/{mia.public_id}/death/",
        f"tax-units/{unit.public_id}/correct/",
        f"tax-units/{unit.public_id}/retire/",
        f"tax-units/{unit.public_id}/profiles/2027/confirm/",
        f"tax-profiles/{unit.profiles.get().public_id}/correct/",
    ):
        for door in (f"/{url}", f"/api/v1/{url}"):
            answer = as_(user).get(door)
            assert answer.status_code == status, (door, answer.content.decode()[:400])


def test_what_stands_in_the_way_of_closing_is_listed_at_once(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)

    answer = as_(ana).post(
        f"/households/{millers.public_id}/close/", {"closed_on": "2026-11-20", "reason": "They left."}
    )

    assert answer.status_code == 422
    assert list(answer.context["page"].form.non_field_errors()) == [
        "IRA ····0002 is still open, with 2 open tax lots. Close the account, or move it to another household.",
        "Taxable ····0001 is still open, with 3 open tax lots. Close the account, or move it to another household.",
    ]


def test_closing_ends_books_and_holds_and_reopening_gives_the_household_back(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    holds.place(
        millers,
        account=None,
        security=None,
        kind="advisor",
        reason="Wait.",
        starts_on=LAST_FRIDAY,
        expires_on=date(2026, 12, 20),
        user_id=ana.pk,
        by=Actor.person(ana),
        at=SUNDAY_NOON,
    )
    millers.accounts.update(closed_on=LAST_FRIDAY)
    url = f"/households/{millers.public_id}/"

    through(as_(ana), f"{url}close/", {"closed_on": "2026-11-20", "reason": "They left."})

    assert as_(ana).get(url).status_code == 404
    assert as_(rui).get(url).status_code == 404
    closed = as_(ana).get("/households/").context["page"].closed
    assert [(row.name, row.reopen_url) for row in closed] == [("Miller", f"{url}reopen/")]
    assert not millers.holds.filter(lifted_at=None).exists()
    through(as_(ana), f"{url}reopen/", {"reason": "They came back."}, checked=False)
    assert as_(ana).get(url).status_code == 200
    assert [(one.user, str(one.ends_on)) for one in millers.book_entries.order_by("pk")] == [
        (ana, "2026-11-21"),
        (rui, "2026-11-21"),
        (ana, "None"),
    ]


def test_in_january_the_home_page_leads_to_who_waits(
    ana: Any, rui: Any, set_clock: Callable[[datetime], None]
) -> None:
    a_managed_household(advisor=ana, reviewer=rui)
    set_clock(datetime(2027, 1, 2, 17, tzinfo=UTC))

    work = as_(ana).get("/").context["page"].desk.work

    (confirm,) = [row for row in work if row.what == "No tax profile for the year"]
    assert (confirm.link, confirm.url.endswith("/profiles/2027/confirm/")) == (
        "Confirm the year's figures",
        True,
    )
