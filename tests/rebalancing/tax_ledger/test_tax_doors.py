"""The facts of the ledger at their doors, and what the pages make of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Account, Household, OutsideAccount, RealizedGain, Security, StatedGains
from tests import cast
from tests.factories import tax_facts
from tests.factories.at_doors import acted
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), gain_budget=D(20_000))


@pytest.fixture
def taxed(millers: Household) -> Account:
    found: Account = millers.accounts.get(number_last4="0001")
    return found


def a_gain(account: Account, **facts: Any) -> RealizedGain:
    return RealizedGain.objects.create(
        **{
            "account": account,
            "security": Security.objects.get(symbol="ZUS"),
            "key": "one",
            "acquired_on": date(2025, 1, 15),
            "sold_on": date(2026, 11, 9),
            "quantity": D(10),
            "proceeds": D(1000),
            "basis": D(400),
            "term": "long",
            **facts,
        }
    )


def ledger(household: Household, query: str = "", *, who: Any = None) -> Any:
    address = reverse("rebalancing:tax_ledger", args=[household.public_id])
    return as_(who or cast.ana()).get(f"{address}{query}")


def test_the_custodians_figure_is_typed_compared_corrected_and_taken_back(
    millers: Household, taxed: Account
) -> None:
    a_gain(taxed)
    record = reverse("rebalancing:stated_gains_record", args=[taxed.public_id, 2026])

    acted(cast.ana(), record, as_of_on="2026-11-20", short="0", long="600", document="Statement")
    (row,) = ledger(millers).context["page"].accounts
    assert (row.state, row.compared.difference) == ("Agrees", D(0))

    figure = StatedGains.objects.get()
    correct = reverse("rebalancing:stated_gains_correct", args=[figure.public_id])
    acted(cast.ana(), correct, as_of_on="2026-11-20", short="0", long="500", document="1099-B")
    (row,) = ledger(millers).context["page"].accounts
    assert (row.state, row.tone) == ("+$100.00 not explained", "breach")

    figure = StatedGains.objects.get(ended_at=None)
    acted(
        cast.ana(),
        reverse("rebalancing:stated_gains_end", args=[figure.public_id]),
        reason="Another account's.",
    )
    (row,) = ledger(millers).context["page"].accounts
    assert row.state == "Not compared"


def test_a_wash_sale_that_the_custodian_does_not_see_explains_the_difference(
    millers: Household, taxed: Account
) -> None:
    from clients.models import Transaction

    a_gain(taxed, basis=D(1400))
    Transaction.objects.create(
        account=millers.accounts.get(number_last4="0002"), security=Security.objects.get(symbol="ZUS"),
        key="B1", kind="buy", traded_on=date(2026, 11, 12), quantity=D(10), amount=D(-1000),
    )  # fmt: skip
    tax_facts.a_figure(taxed, cast.ana(), long=D(-400))
    StatedGains.objects.filter(ended_at=None)

    (row,) = ledger(millers).context["page"].accounts

    # The sale of November 9 is after the statement of October.
    assert row.compared.difference == D(400)
    assert row.compared.rest == D(400)


def test_payments_on_record_lower_what_the_next_day_asks_for(millers: Household) -> None:
    unit = millers.tax_units.get()
    record = reverse("rebalancing:estimated_tax_record", args=[unit.public_id, 2026])

    acted(cast.ana(), record, prior_tax="30000", prior_income="190000", withheld="20000", paid="4000")

    (card,) = ledger(millers).context["page"].units
    told = dict(card.payments)
    # 110% of last year's 30,000 is 33,000; 90% of this year's tax is less.
    assert told["Withheld and paid"] == "$20,000.00 withheld, $4,000.00 paid"
    assert "or $33,000.00 by last year’s tax" in told["Needed for the year"]
    assert told["Next payment"].endswith("by Jan 15, 2027")


def test_last_years_tax_and_income_belong_together(millers: Household) -> None:
    unit = millers.tax_units.get()
    record = reverse("rebalancing:estimated_tax_record", args=[unit.public_id, 2026])

    answer = acted(cast.ana(), record, prior_tax="30000", withheld="0", paid="0")

    assert answer.status_code == 422
    assert "belong together" in words_of(answer)


def test_an_account_elsewhere_leaves_no_day_safe_for_what_it_buys(millers: Household) -> None:
    person = millers.people.order_by("pk")[0]
    declare = reverse("rebalancing:outside_account_declare", args=[millers.public_id])

    acted(
        cast.ana(), declare, owner=person.public_id, name="Acme 401(k)", registration="plan_401k", buys="zus",
        declared_on="2026-11-01",
    )  # fmt: skip

    page = as_(cast.ana()).get(reverse("rebalancing:wash_calendar", args=[millers.public_id])).context["page"]
    assert page.standing == (
        "No day is safe for a loss in ZUS: Acme 401(k) buys by itself, and nobody here sees when.",
    )
    assert "1 account elsewhere declared and not seen" in page.sentence
    assert page.silent == ()


def test_an_account_elsewhere_names_securities_on_record_only(millers: Household) -> None:
    declare = reverse("rebalancing:outside_account_declare", args=[millers.public_id])
    person = millers.people.order_by("pk")[0]

    answer = acted(
        cast.ana(), declare, owner=person.public_id, name="Plan", registration="plan_401k", buys="NONE",
        declared_on="2026-11-01",
    )  # fmt: skip

    assert answer.status_code == 422
    assert not OutsideAccount.objects.exists()


def test_the_calendar_says_from_when_a_loss_may_be_bought_again(millers: Household, taxed: Account) -> None:
    a_gain(taxed, basis=D(1400))

    address = reverse("rebalancing:wash_calendar", args=[millers.public_id])
    page = as_(cast.ana()).get(address).context["page"]
    told = as_(cast.ana()).get(f"{address}?export=csv").content.decode()

    (row,) = page.windows
    assert (row.what, row.loss) == ("may be bought again from Dec 10, 2026", "$400.00")
    assert "ZUS may be bought again from December 10, 2026." in told
    assert page.silent == ("Mia Miller",)


def test_the_file_has_the_columns_of_form_8949_and_its_statement(millers: Household, taxed: Account) -> None:
    a_gain(taxed)

    lines = ledger(millers, "?year=2026&export=csv").content.decode().splitlines()

    assert lines[0].startswith("return,box,description,date_acquired,date_sold,proceeds,cost_basis")
    assert lines[1].startswith(
        "Mia Miller,D,10 sh. ZUS,2025-01-15,2026-11-09,1000.00,400.00,,0.00,600.00,long"
    )
    assert "The custodian's Form 1099-B governs" in lines[1]


def test_a_sale_that_nobody_has_reported_is_foreseen_by_the_standing_method(
    millers: Household, taxed: Account
) -> None:
    from clients.models import Transaction

    Transaction.objects.create(
        account=taxed, security=Security.objects.get(symbol="ZUS"), key="S1", kind="sell",
        traded_on=date(2026, 11, 21), quantity=D(-10), amount=D(1000),
    )  # fmt: skip

    (sale,) = ledger(millers).context["page"].sales

    # First in, first out: ten of 3,000 shares that cost 120,000 in 2020.
    assert sale.foreseen == "By first in, first out: $0.00 short-term, +$600.00 long-term."
    assert sale.row.gain is None


def test_the_firms_list_has_a_line_for_each_return_and_tells_which_budget_is_near(
    millers: Household, taxed: Account
) -> None:
    a_gain(taxed, proceeds=D(18_400))

    page = as_(cast.tom()).get(reverse("rebalancing:tax_ledger_list"), {"state": "near"}).context["page"]

    (row,) = page.rows
    assert (row.unit, row.used, row.left, row.states) == (
        "Mia Miller", D(18_000), D(2_000), frozenset({"near"}),
    )  # fmt: skip


def test_programs_read_the_same_ledger(millers: Household, taxed: Account) -> None:
    a_gain(taxed)
    client = as_(cast.ana())

    found = client.get(f"/api/v1/households/{millers.public_id}/tax-ledger/").json()
    windows = client.get(f"/api/v1/households/{millers.public_id}/wash-calendar/").json()

    assert (found["units"][0]["long"], found["lines"][0]["gain"]) == ("600.00", "600.00")
    assert windows["windows"] == []
    assert client.get("/api/v1/tax-ledgers/").json()["results"][0]["budget_used"] == "600.00"


def test_another_advisor_does_not_find_the_ledger(millers: Household) -> None:
    assert ledger(millers, who=cast.otto()).status_code == 404
