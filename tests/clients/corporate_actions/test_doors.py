"""Corporate actions at their doors: announced, changed, agreed to by two people, withdrawn; who sees them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.corporate_actions import agreeing
from clients.models import ActionAccount, CorporateAction, Household, TaxLot
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_actions import REGISTER
from compliance.audit_trail import audit
from compliance.models import Review
from compliance.refusals import BadInput, Conflict
from tests import cast
from tests.clock import MONDAY, SUNDAY_NOON
from tests.factories import actions
from tests.factories.at_doors import acted, door
from tests.factories.households import a_managed_household
from tests.pages import as_, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
SPLIT = {
    "kind": "split",
    "effective_on": "2026-12-01",
    "shares_new": "4",
    "shares_old": "1",
    "source": "Notice",
}


@pytest.fixture(autouse=True)
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def approve(person: Any) -> None:
    review = Review.objects.get(state="open")
    as_(person).post(f"/reviews/{review.public_id}/", {"verdict": "approved", "seen": review.fingerprint})


def test_a_trader_announces_changes_and_withdraws_one() -> None:
    acted(cast.tom(), door("corporate_action_enter"), symbol="zus", **SPLIT)
    row = REGISTER.standing().get()
    acted(
        cast.tom(), door("corporate_action_change", row.public_id),
        **{**SPLIT, "effective_on": "2026-12-02", "lieu_price": "100"},
    )  # fmt: skip
    later = REGISTER.standing().get()
    acted(cast.tom(), door("corporate_action_end", later.public_id), reason="Called off.")

    assert (row.effective_on, later.effective_on, later.lieu_price) == (
        date(2026, 12, 1), date(2026, 12, 2), D(100),
    )  # fmt: skip
    assert REGISTER.standing().count() == 0
    page = words_of(as_(cast.ana()).get(door("corporate_action", later.public_id)))
    assert "Called off." in page
    assert "Withdrawn" in page


def test_two_people_agree_and_then_it_stays_as_it_is() -> None:
    row = actions.announced()
    acted(cast.tom(), door("corporate_action_agree", row.public_id), evidence="Notice of Friday.")
    assert not agreeing.is_agreed(row)

    approve(cast.cora())

    row = CorporateAction.objects.get(pk=row.pk)
    assert (row.agreement.asked_by, row.agreement.agreed_by) == (cast.tom(), cast.cora())
    assert audit.differences(about=[row.security]) == []
    answer = as_(cast.tom()).get(door("corporate_action_change", row.public_id))
    assert (answer.status_code, "Two people have agreed" in words_of(answer)) == (403, True)
    with pytest.raises(Conflict, match="have agreed"):
        actions.agree(row)
    with pytest.raises(IntegrityError, match="stays as it was entered"), transaction.atomic():
        connection.cursor().execute("UPDATE clients_actionagreement SET evidence = 'x'")


def test_what_is_not_known_whole_is_not_agreed_to() -> None:
    row = actions.announced(kind="spin_off", shares_new=D(1), shares_old=D(10), new_security=_security("ZUB"))

    answer = as_(cast.tom()).get(door("corporate_action_agree", row.public_id))

    assert "part of the basis" in words_of(answer)
    with pytest.raises(BadInput, match="part of the basis"):
        actions.agree(row)


def test_the_page_shows_what_becomes_of_every_lot() -> None:
    row = actions.announced()

    page = as_(cast.ana()).get(door("corporate_action", row.public_id)).context["page"]

    taxable = [line for line in page.lots if line.account == "Taxable"]
    assert [(one.shares_before, one.shares_after, one.basis_after) for one in taxable] == [
        ("3,000", "12,000", "$120,000.00"),
        ("2,000", "8,000", "$190,000.00"),
    ]
    assert page.lots_sentence.startswith("3 lots in 2 accounts; 7,000 ZUS before, 28,000 after")


def test_two_people_take_it_back() -> None:
    row = actions.agreed()
    acted(cast.tom(), door("corporate_action_take_back", row.public_id), reason="The issuer called it off.")
    assert REGISTER.standing().count() == 1

    approve(cast.nina())

    assert REGISTER.standing().count() == 0
    row.refresh_from_db()
    assert row.end_reason == "The issuer called it off."


def test_the_desk_says_what_an_accounts_file_shows() -> None:
    row = actions.agreed()
    account = TaxLot.objects.filter(account__name="Taxable")[0].account
    ActionAccount.objects.create(action=row, account=account, state="unclear", looked_at=SUNDAY_NOON)

    acted(
        cast.tom(), door("corporate_action_say", row.public_id), account=account.public_id, shows="yes",
        reason="The custodian's notice.",
    )  # fmt: skip

    assert ActionAccount.objects.get().state == "shown"
    page = words_of(as_(cast.ana()).get(door("corporate_action", row.public_id)))
    assert "Shown by the custodian" in page


def test_an_advisor_of_other_clients_sees_the_action_and_no_lots() -> None:
    row = actions.announced()

    page = as_(cast.otto()).get(door("corporate_action", row.public_id)).context["page"]
    program = as_(cast.otto()).get(f"/api/v1/corporate-actions/{row.public_id}/lots/")

    assert page.lots == ()
    assert program.json() == []


def test_programs_read_the_action_and_what_it_does() -> None:
    row = actions.announced()

    one = as_(cast.tom()).get(f"/api/v1/corporate-actions/{row.public_id}/").json()
    lots = as_(cast.tom()).get(f"/api/v1/corporate-actions/{row.public_id}/lots/").json()

    assert (one["symbol"], D(one["shares_new"]), one["is_agreed"]) == ("ZUS", D(4), False)
    assert {D(each["kept"]["shares"]) / D(each["before"]["shares"]) for each in lots} == {D(4)}


def test_a_client_sees_no_corporate_action() -> None:
    row = actions.announced()

    for address in (
        door("corporate_action_list"),
        door("corporate_action", row.public_id),
        door("corporate_action_enter"),
        f"/api/v1/corporate-actions/{row.public_id}/",
        f"/api/v1/corporate-actions/{row.public_id}/lots/",
    ):
        assert as_(cast.carl()).get(address).status_code in (302, 403, 404), address


def test_an_advisor_reads_and_does_not_announce() -> None:
    answer = as_(cast.ana()).post(door("corporate_action_enter"), {"symbol": "ZUS", **SPLIT})

    assert answer.status_code in (200, 403)
    assert not CorporateAction.objects.exists()
    assert TaxLot.objects.filter(closed_on=None).count() == 5


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind           | new | old | cash | symbol | taxable | refused
        split          | 4   | 1   |      |        |         |
        split          | 1   | 4   |      |        |         | Fewer are a reverse split
        split          |     |     |      |        |         | needs the ratio
        split          | 4   |     |      |        |         | needs the ratio
        split          | 4   | 1   | 2    |        |         | nothing to do with the cash
        split          | 4   | 1   |      |        | yes     | is not a choice
        reverse_split  | 1   | 10  |      |        |         |
        reverse_split  | 10  | 1   |      |        |         | fewer shares than there were
        cash_merger    |     |     | 55   |        |         |
        cash_merger    |     |     |      |        |         | needs the cash
        cash_merger    |     |     | 0    |        |         | pays nothing
        liquidation    |     |     | 0    |        |         |
        split          | 9e11 | 1e-6 |    |        |         | is mistyped
        reverse_split  | 1   | 1e5 |      |        |         | is mistyped
        stock_merger   | 1   | 2   |      |        |         | needs the new security
        symbol_change  |     |     |      | ZNEW   |         |
        symbol_change  |     |     |      |        |         | needs the new symbol
        symbol_change  |     |     |      | ZUS    |         | has that symbol already
        delisting      |     |     |      |        |         |
        """
    ),
)
def test_what_cannot_be_is_refused(row: dict[str, str]) -> None:
    values = {
        "security": _security("ZUS"), "kind": row["kind"], "effective_on": MONDAY,
        "shares_new": D(row["new"]) if row["new"] else None, "shares_old": D(row["old"]) if row["old"] else None,
        "cash": D(row["cash"]) if row["cash"] else None, "new_symbol": row["symbol"],
        "is_taxable": row["taxable"] == "yes",
    }  # fmt: skip

    told = terms.refusal(values, MONDAY)

    assert (row["refused"] in told) if told else row["refused"] == ""


def _security(symbol: str) -> Any:
    from clients.models import Security

    return Security.objects.get(symbol=symbol)
