"""Gifts, inheritances and average bases: decided at their doors, kept against files, followed by plans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from clients.holdings import lot_origins
from clients.holdings.lot_origins import Facts
from clients.models import Account, BasisElection, Household, LotOrigin, Security, TaxLot
from compliance.people.actors import Actor
from compliance.refusals import BadInput
from rebalancing.engine.documents.household import LotMethod
from rebalancing.portfolios import portfolios
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import tax_facts
from tests.factories.at_doors import acted, door
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import a_managed_household, loaded
from tests.factories.two_families import asked, decided
from tests.spec import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

# Basis that follows: IRC 1014(a), 1014(b)(6), 1015(a), (d)(6), 2032, 2040(b).
BASES = """
    case                            | kind      | former | value | alternate | gift tax | basis
    a gift keeps the donor's basis  | gift      | 4000   | 9000  |           | 0        | 4000
    a gift below what it cost       | gift      | 10000  | 8000  |           | 0        | 10000
    with gift tax, not above value  | gift      | 4000   | 9000  |           | 6000     | 9000
    a gift of unknown value         | gift      | 4000   |       |           | 0        | 4000
    stepped up                      | inherited | 3000   | 20000 |           | 0        | 20000
    stepped down                    | inherited | 30000  | 20000 |           | 0        | 20000
    alternate valuation             | inherited | 3000   | 20000 | 18000     | 0        | 18000
    half of a joint account         | survivor  | 100000 | 300000|           | 0        | 200000
    all of community property       | community | 100000 | 300000|           | 0        | 300000
"""


@pytest.mark.parametrize("row", drawn.rows(BASES), ids=lambda row: row["case"])
def test_the_basis_that_follows(row: dict[str, str]) -> None:
    facts = Facts(
        kind=row["kind"],
        happened_on=date(2026, 6, 1),
        value=D(row["value"]) if row["value"] else None,
        evidence="A letter",
        alternate_value=D(row["alternate"]) if row["alternate"] else None,
        former_basis=D(row["former"]),
        gift_tax=D(row["gift tax"]),
    )

    assert lot_origins.basis_of(facts) == D(row["basis"])


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


@pytest.fixture
def taxed(millers: Household) -> Account:
    found: Account = millers.accounts.get(number_last4="0001")
    return found


@pytest.fixture
def the_lot(taxed: Account) -> TaxLot:
    found: TaxLot = taxed.lots.get(key="A1")
    return found


def again(lot: TaxLot) -> TaxLot:
    lot.refresh_from_db()
    return lot


def test_two_people_record_an_inheritance_and_the_lot_is_stepped_up(the_lot: TaxLot) -> None:
    review = asked(
        cast.ana(), door("lot_inherited", the_lot.public_id), kind="inherited", happened_on="2026-10-05",
        value="290000", evidence="Appraisal of the estate",
    )  # fmt: skip
    assert again(the_lot).basis == D(120_000)
    decided(review, cast.nina())

    lot = again(the_lot)
    assert (lot.basis, lot.acquired_on, lot.acquired_by) == (D(290_000), date(2026, 10, 5), "inheritance")
    found = portfolios.load(lot.account.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio)
    planned = next(one for one in found.household.lots if one.id == lot.public_id)
    assert planned.basis == D(290_000)
    assert planned.adjusted_acquired == date(2024, 11, 23)


def test_a_later_file_does_not_undo_a_gift_and_ending_it_does(the_lot: TaxLot) -> None:
    tax_facts.a_gift(the_lot.account, cast.ana())
    gifted = again(the_lot)
    assert (gifted.acquired_by, gifted.donor_basis, gifted.value_at_gift) == ("gift", D(30_000), D(25_000))

    half = [
        row.replace("A1,2020-03-02,3000,120000.00", "A1,2020-03-02,1500,60000.00") for row in MILLERS["lots"]
    ]
    later = [row.replace("2026-11-20", "2026-11-21") for row in half]
    fewer = [row.replace("2026-11-20,ZUS,5000", "2026-11-21,ZUS,3500") for row in MILLERS["positions"]]
    loaded(bundle(lots=later, positions=fewer), name="later.zip")
    kept = again(the_lot)
    assert (kept.quantity, kept.acquired_by) == (D(1500), "gift")
    assert (kept.donor_basis, kept.value_at_gift, kept.basis) == (D(15_000), D(12_500), D(15_000))

    origin = LotOrigin.objects.get()
    lot_origins.end(origin, reason="Not this lot.", by=Actor.person(cast.nina()), at=SUNDAY_NOON)
    back = again(the_lot)
    assert (back.acquired_by, back.donor_basis, back.basis) == ("", None, D(60_000))


def test_nothing_steps_up_in_an_ira(millers: Household) -> None:
    lot = millers.accounts.get(number_last4="0002").lots.order_by("pk")[0]
    facts = Facts("inherited", date(2026, 10, 5), D(1), "A letter")

    with pytest.raises(BadInput, match="nothing steps up there"):
        lot_origins.refuse(lot, facts)


def test_an_election_makes_the_average_the_basis_that_plans_use(taxed: Account) -> None:
    Security.objects.filter(symbol="ZUS").update(kind="mutual_fund")

    acted(
        cast.ana(),
        door("basis_elect", taxed.public_id),
        symbol="ZUS",
        elected_on="2026-11-02",
        document="Letter",
    )

    found = portfolios.load(taxed.household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio)
    mine = [one for one in found.household.lots if one.security == "ZUS" and one.account == taxed.public_id]
    assert {one.method for one in mine} == {LotMethod.AVERAGE}


def test_an_exchange_traded_fund_is_not_offered(taxed: Account) -> None:
    answer = acted(
        cast.ana(),
        door("basis_elect", taxed.public_id),
        symbol="ZUS",
        elected_on="2026-11-02",
        document="Letter",
    )

    assert answer.status_code == 422
    assert not BasisElection.objects.exists()


def test_an_election_is_revoked_in_time_and_only_changed_after_a_sale(taxed: Account) -> None:
    from clients.models import Transaction

    first = tax_facts.an_election(taxed, cast.ana())
    acted(
        cast.ana(), reverse("clients:basis_election_end", args=[first.public_id]), ends_on="2026-11-20",
        reason="A mistake.",
    )  # fmt: skip
    first.refresh_from_db()
    assert first.is_revoked

    second = tax_facts.an_election(taxed, cast.ana())
    Transaction.objects.create(
        account=taxed, security=second.security, key="S1", kind="sell", traded_on=date(2026, 11, 10),
        quantity=D(-1), amount=D(80),
    )  # fmt: skip
    acted(
        cast.ana(), reverse("clients:basis_election_end", args=[second.public_id]), ends_on="2026-11-20",
        reason="For the future.",
    )  # fmt: skip
    second.refresh_from_db()
    assert not second.is_revoked
