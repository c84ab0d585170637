"""What keeps a household from being measured and traded: named one by one, and the same as the scan would say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.households import books, life_events
from clients.models import (
    Account,
    ClassWeight,
    Household,
    Policy,
    Price,
    Security,
    TaxLot,
    TaxProfile,
)
from rebalancing import market_days
from rebalancing.pages.lists import obstacles
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import actions, restated
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, a_managed_household, loaded, the_millers
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


def missing(user: Any) -> dict[str, list[str]]:
    return {
        row.code: sorted({one.kind.code for one in row.reasons})
        for row in obstacles.of_book(user, at=SUNDAY_NOON)
    }


def ready() -> Household:
    household = a_managed_household(advisor=cast.ana(), reviewer=cast.rui())
    Account.objects.update(agreement_signed_on=date(2020, 1, 2), agreement_effective_on=date(2020, 1, 2))
    return household


def test_a_household_just_opened_lacks_nearly_everything() -> None:
    the_millers()

    assert missing(cast.tom()) == {"miller": ["no_account", "no_advisor", "no_policy", "no_reviewer"]}


def test_accounts_without_their_files_lack_what_files_bring() -> None:
    the_millers()
    loaded(bundle())
    Account.objects.update(agreement_effective_on=None)

    assert "no_agreement" in missing(cast.tom())["miller"]


def test_a_household_with_everything_is_ready() -> None:
    ready()

    assert missing(cast.ana()) == {"miller": []}
    (row,) = obstacles.of_book(cast.ana(), at=SUNDAY_NOON)
    assert (row.standing, row.standing_label) == ("ready", "Ready")


BROKEN: list[tuple[str, Callable[[Household], Any], str]] = [
    ("no_policy", lambda one: Policy.objects.filter(household=one).update(state="superseded", superseded_at=SUNDAY_NOON), "measuring"),
    ("no_profile", lambda one: TaxProfile.objects.update(tax_year=2025), "trading"),
    ("unconfirmed_profile", lambda one: TaxProfile.objects.update(confirmed_on=None), "trading"),
    ("no_price", lambda one: Price.objects.all().delete(), "measuring"),
    ("unclassified", lambda one: ClassWeight.objects.all().delete(), "measuring"),
    ("unmarked_product", lambda one: Security.objects.filter(symbol="ZUB").update(name="Invented 2x Leveraged ETF"), "trading"),
    ("no_basis", lambda one: TaxLot.objects.update(basis=None, basis_status="unknown"), "trading"),
    ("no_agreement", lambda one: Account.objects.update(agreement_effective_on=None), "trading"),
    ("not_tradable", lambda one: Account.objects.update(reconciliation="broken"), "trading"),
    ("no_advisor", lambda one: one.book_entries.filter(part="advisor").update(ends_on=date(2026, 1, 2)), "trading"),
    ("no_reviewer", lambda one: one.book_entries.filter(part="reviewer").update(ends_on=date(2026, 1, 2)), "trading"),
    ("life_event", lambda one: life_events.record(one, kind="divorce", opened_on=date(2026, 11, 1), person=None, note="", by=SET_UP, at=SUNDAY_NOON), "trading"),
    ("corporate_action", lambda one: actions.announced(), "trading"),
    ("restated", lambda one: restated.a_restatement(one.accounts.get(name="Taxable")), "ready"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "break_it", "stops"), BROKEN, ids=[code for code, _, _ in BROKEN])
def test_each_thing_that_is_missing_is_named_with_where_it_is_cured(
    code: str, break_it: Callable[[Household], Any], stops: str
) -> None:
    break_it(ready())

    (row,) = obstacles.of_book(cast.tom(), at=SUNDAY_NOON)

    assert code in [one.kind.code for one in row.reasons]
    assert row.standing == stops
    assert all(one.url.startswith("/") and one.link for one in row.reasons)


STAFF = (cast.ana, cast.rui, cast.tom, cast.cora)


@pytest.mark.parametrize(("code", "break_it", "stops"), BROKEN, ids=[code for code, _, _ in BROKEN])
def test_each_cure_is_the_form_itself_for_whoever_may_use_it_and_opens_for_everybody_it_is_shown_to(
    code: str, break_it: Callable[[Household], Any], stops: str
) -> None:
    household = ready()
    break_it(household)

    for person in (one() for one in STAFF):
        for row in obstacles.of_book(person, at=SUNDAY_NOON):
            for cure in (one for one in row.reasons if one.kind.code == code):
                assert as_(person).get(cure.url).status_code == 200, (person, cure)
                assert bool(cure.who) == (cure.url == row.url), cure


def test_a_class_of_the_model_without_any_price_is_named_though_nobody_holds_it() -> None:
    household = ready()
    bonds = Security.objects.get(symbol="ZBD")
    TaxLot.objects.filter(security=bonds).update(closed_on=date(2026, 11, 2))
    Price.objects.filter(security=bonds).delete()

    (row,) = obstacles.of_book(cast.tom(), at=SUNDAY_NOON)

    assert [one.sentence for one in row.reasons] == [
        "Nothing that its model buys in the class of ZBD has a price."
    ], household


def test_lots_without_basis_count_only_where_sales_are_taxed() -> None:
    ready()
    TaxLot.objects.filter(account__tax_treatment="tax_deferred").update(basis=None, basis_status="unknown")

    assert missing(cast.tom()) == {"miller": []}


def test_what_is_known_is_filled_into_the_form_that_cures() -> None:
    household = ready()
    household.book_entries.filter(part="reviewer").update(ends_on=date(2026, 1, 2))
    Price.objects.all().delete()

    (row,) = obstacles.of_book(cast.tom(), at=SUNDAY_NOON)
    price = next(one for one in row.reasons if one.kind.code == "no_price")
    (reviewer,) = (one for one in row.reasons if one.kind.code == "no_reviewer")

    assert price.url.endswith("/price/?priced_on=2026-11-20")
    assert (reviewer.url, reviewer.who) == (row.url, "A firm administrator does this.")


@pytest.mark.parametrize(("code", "break_it", "stops"), BROKEN, ids=[code for code, _, _ in BROKEN])
def test_what_cannot_be_measured_is_what_the_scan_cannot_measure(
    code: str, break_it: Callable[[Household], Any], stops: str
) -> None:
    """One figure for one name: the page and the pipeline never disagree about a household."""
    household = ready()
    break_it(household)

    (row,) = obstacles.of_book(cast.tom(), at=SUNDAY_NOON)
    found = portfolios.load(
        Household.objects.get(),
        as_of_on=market_days.last_close(SUNDAY_NOON),
        trade_on=market_days.trade_day(SUNDAY_NOON),
    )

    assert (row.standing == "measuring") == isinstance(found, portfolios.NotMeasurable), found


def test_the_page_filters_and_its_file_has_a_line_for_each_reason() -> None:
    ready()
    the_millers("smith")
    tom = as_(cast.tom())

    page = tom.get(reverse("rebalancing:readiness"))
    assert "1 of 2 households ready to trade" in page.content.decode()
    only = tom.get(reverse("rebalancing:readiness"), {"reason": "no_policy"})
    assert [row.code for row in only.context["page"].rows] == ["smith"]
    file = tom.get(reverse("rebalancing:readiness"), {"export": "csv"}).content.decode()
    assert "Smith,smith,Cannot be measured,No policy in force,measuring,It has no investment policy." in file
    body = tom.get("/api/v1/readiness/?standing=ready").json()
    assert [one["code"] for one in body["results"]] == ["miller"]


def test_an_advisor_sees_only_the_own_book_and_a_client_nothing() -> None:
    ready()
    the_millers("smith")

    assert list(missing(cast.ana())) == ["miller"]
    assert as_(cast.hal()).get(reverse("rebalancing:readiness")).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_book() -> None:
    ready()
    the_millers("smith")  # What lacks something is read whole; who lacks nothing costs no query.
    tom = cast.tom()
    obstacles.of_book(tom, at=SUNDAY_NOON)
    with CaptureQueriesContext(connection) as few:
        obstacles.of_book(tom, at=SUNDAY_NOON)
    for number in range(4):
        household = the_millers(f"other{number}")
        books.assign(
            household, user=cast.ana(), part="advisor", starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON
        )
    with CaptureQueriesContext(connection) as many:
        obstacles.of_book(tom, at=SUNDAY_NOON)

    assert len(many) == len(few)
