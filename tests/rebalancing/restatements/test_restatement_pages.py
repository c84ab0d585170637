"""Restatements on the pages: the list, one of them, the homes; and the proposals that counted on the old figure."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.urls import reverse

from clients.models import Account, Restatement, TaxLot
from compliance.people.actors import Actor
from rebalancing.models import Break, ProposedLot
from rebalancing.portfolios import late_basis
from rebalancing.proposals import proposals, restated, staleness
from rebalancing.reconciliation import restated as reconciled
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY_NOON
from tests.factories.desk import Desk, a_desk
from tests.factories.restated import a_file, a_restatement
from tests.pages import as_, page_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return a_desk(taxable_only=True)


def taxable() -> Account:
    return Account.objects.get(tax_treatment="taxable")


def the_page(row: Restatement) -> str:
    return reverse("rebalancing:restatement", args=[row.public_id])


@pytest.mark.usefixtures("it_is_sunday_noon")
def test_the_list_of_the_firm_and_of_an_account_leads_to_the_difference(desk: Desk) -> None:
    row = a_restatement(taxable())

    listed = as_(desk.ana).get(reverse("rebalancing:restatement_list"), {"account": taxable().public_id})
    elsewhere = as_(desk.ana).get(reverse("rebalancing:restatement_list"), {"account": "ac_other"})
    page = page_of(as_(desk.ana).get(the_page(row)))

    assert the_page(row) in words_of(listed)
    assert the_page(row) not in words_of(elsewhere)
    assert page.differences == (("Basis", "$120,000.00", "$119,900.00"),)
    assert page.effect.startswith("It is still held")


@pytest.mark.usefixtures("it_is_sunday_noon")
def test_the_advisor_says_what_it_was_and_the_home_asks_no_more(desk: Desk) -> None:
    row, home = a_restatement(taxable()), reverse("advisory:home")
    ana = as_(desk.ana)
    assert "1 figure was restated in Taxable" in words_of(ana.get(home))
    see = reverse("rebalancing:restatement_see", args=[row.public_id])

    refused = ana.post(see, {"seen_as": "custodian_error", "remark": ""})
    done = ana.post(see, {"seen_as": "custodian_error", "remark": "Asked them on Sunday."})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert "restated in Taxable" not in words_of(ana.get(home))
    assert "An error of the custodian" in words_of(ana.get(the_page(row)))


@pytest.mark.usefixtures("it_is_sunday_noon")
def test_a_colleague_without_the_household_in_the_book_sees_nothing_of_it(desk: Desk) -> None:
    row = a_restatement(taxable())

    assert as_(cast.otto()).get(the_page(row)).status_code == 404


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"basis": D("119900.00")}, "The custodian restated ZUS: basis $120,000.00 → $119,900.00."),
        ({"acquired_on": LAST_FRIDAY}, "The custodian restated ZUS: acquired Mar 2, 2020 → Nov 20, 2026."),
    ],
)
def test_an_open_proposal_is_stale_and_says_what_was_restated(
    desk: Desk, other: dict[str, object], sentence: str
) -> None:
    desk.propose()
    a_file(taxable(), at=MONDAY_NOON, A1=other)

    _, causes = staleness.causes(proposals.current(desk.proposal), at=MONDAY_NOON)

    assert sentence in [one.sentence for one in causes]
    (counted,) = restated.counted_on(Restatement.objects.get())
    assert (counted.proposal, counted.is_traded) == (desk.proposal, False)


def test_a_trade_that_counted_on_the_old_basis_is_listed_with_what_it_gains_since(desk: Desk) -> None:
    desk.release()
    use = ProposedLot.objects.filter(order__order__isnull=False).order_by("pk")[0]
    lot = TaxLot.objects.get(pk=use.lot_id)
    assert lot.basis is not None, "the Millers' lots have a basis"
    a_file(taxable(), at=MONDAY_NOON, **{lot.key: {"basis": lot.basis + lot.quantity}})

    (counted,) = restated.counted_on(Restatement.objects.get())

    assert counted.is_traded
    assert counted.change == -use.quantity.quantize(D("0.01")), "a dollar a share more basis"


def test_a_sale_of_ours_of_unknown_gain_is_known_once_the_basis_comes(desk: Desk) -> None:
    desk.release()
    uses = ProposedLot.objects.filter(order__order__isnull=False).select_related("lot")
    use = uses.order_by("pk")[0]
    known, term = use.gain, use.term
    assert known is not None, "the Millers' lots have a basis"
    use.gain = use.basis = None

    (filled,) = late_basis.filled([use])

    assert (filled.gain, filled.term) == (known, term)


def test_a_sale_from_a_lot_of_unknown_basis_stays_unknown(desk: Desk) -> None:
    desk.release()
    use = ProposedLot.objects.filter(order__order__isnull=False).order_by("pk")[0]
    TaxLot.objects.filter(pk=use.lot_id).update(basis=None, basis_status="unknown")
    use.gain = use.basis = None

    (filled,) = late_basis.filled([use])

    assert filled.gain is None


def test_saying_what_it_was_explains_the_break_of_the_lot(desk: Desk) -> None:
    row = a_restatement(taxable())
    found = Break.objects.create(
        queue=Break.Queue.LOTS, cause="lot_basis", about="a lot", account=row.account, security=row.security,
        sentence="The basis differs.", found_on=LAST_FRIDAY, last_on=LAST_FRIDAY,
    )  # fmt: skip
    says = {"user_id": desk.ana.pk, "by": Actor.person(desk.ana), "at": MONDAY_NOON}

    reconciled.see(row, seen_as="custodian_error", remark="Asked.", **says)
    assert Break.objects.get().ended_at is None
    reconciled.see(row, seen_as="correction", remark="They were right.", **says)

    found.refresh_from_db()
    assert (found.ending, found.end_reason) == ("explained", "A correction that is right. They were right.")
