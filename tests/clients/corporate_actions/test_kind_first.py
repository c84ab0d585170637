"""The kind of a corporate action is chosen first; then only what belongs to it is asked, and anything else refused."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.doors import corporate_action_fields
from clients.models import CorporateAction, Household, TaxLot
from clients.pages import corporate_actions
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_actions import REGISTER
from tests import cast
from tests.factories import actions
from tests.factories.at_doors import acted, door
from tests.factories.households import a_managed_household
from tests.pages import as_, page_of, words_of
from tests.spec.drawn import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
ALWAYS = ["symbol", "kind", "effective_on", "source", "document"]


@pytest.fixture(autouse=True)
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui())


def asked(kind: str) -> list[str]:
    page = page_of(as_(cast.tom()).get(door("corporate_action_enter"), {"kind": kind}))
    return [one.name for one in page.form if one.name not in ALWAYS]


def test_the_first_page_asks_for_the_kind_alone_and_keeps_what_a_link_brought() -> None:
    answer = as_(cast.tom()).get(door("corporate_action_enter"), {"symbol": "ZUS"})

    page = page_of(answer)
    assert [one.name for one in page.form] == ["kind"]
    assert page.is_first
    assert '<input type="hidden" name="symbol" value="ZUS">' in words_of(answer)
    assert "Continue" in words_of(answer)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind              | fields
        split             | shares_new shares_old lieu_price
        cash_merger       | cash
        stock_merger      | shares_new shares_old receives value lieu_price is_taxable
        mixed_merger      | shares_new shares_old cash receives value lieu_price is_taxable
        spin_off          | shares_new shares_old receives basis_share value lieu_price is_taxable
        symbol_change     | new_symbol
        cusip_change      | new_cusip
        return_of_capital | cash
        cash_in_lieu      | lieu_price
        tender            | cash
        delisting         |
        liquidation       | cash
        """
    ),
)
def test_only_the_fields_of_the_kind_are_asked(row: dict[str, str]) -> None:
    assert asked(row["kind"]) == row["fields"].split()


def test_every_kind_is_explained_and_says_what_it_needs() -> None:
    assert set(corporate_action_fields.ABOUT) == set(terms.Kind)
    for kind in terms.Kind:
        answer = as_(cast.tom()).get(door("corporate_action_enter"), {"kind": kind})
        page = page_of(answer)
        assert page.lead == corporate_action_fields.ABOUT[kind]
        assert page.chosen == (("What happens", CorporateAction.Kind(kind).label),)
        for field in page.form:
            assert field.is_hidden or field.field.help_text or field.name in ("symbol", "document"), (
                kind,
                field.name,
            )


def test_a_kind_that_is_none_leads_back_to_the_choice() -> None:
    for answer in (
        as_(cast.tom()).get(door("corporate_action_enter"), {"kind": "gift"}),
        as_(cast.tom()).post(door("corporate_action_enter"), {"symbol": "ZUS"}),
    ):
        assert answer.status_code == 422
        assert [one.name for one in answer.context["page"].form] == ["kind"]
    assert not CorporateAction.objects.exists()


@pytest.mark.parametrize(
    "row",
    rows(
        """
        kind          | typed                                                      | refused
        split         | shares_new=4                                               | needs the ratio
        split         | shares_new=0 shares_old=1                                  | Write a number above zero
        split         | shares_new=1 shares_old=4                                  | Fewer are a reverse split
        cash_merger   |                                                            | needs the cash for a share
        cash_merger   | cash=-3                                                    | zero or more
        cash_merger   | cash=many                                                  | Enter a number
        stock_merger  | shares_new=1 shares_old=2 receives=NONE                    | There is no security NONE
        stock_merger  | shares_new=1 shares_old=2 receives=ZUS                     | another one
        spin_off      | shares_new=1 shares_old=4 receives=ZUB basis_share=12.5    | a fraction between 0 and 1
        cusip_change  | new_cusip=12                                               | nine characters
        symbol_change | new_symbol=zus                                             | has that symbol already
        symbol_change | new_symbol=zub                                             | is the symbol of a security on record
        symbol_change | new_symbol=<b>x</b>                                        | Write letters and digits
        delisting     | cash=3                                                     | nothing to do with the cash
        split         | shares_new=4 shares_old=1 receives=ZUB                     | nothing to do with the new security
        """
    ),
)
def test_what_cannot_be_is_said_at_the_door(row: dict[str, str]) -> None:
    typed = dict(one.split("=") for one in row["typed"].split())
    answer = as_(cast.tom()).post(
        door("corporate_action_enter"),
        {"symbol": "ZUS", "kind": row["kind"], "effective_on": "2026-12-01", "source": "Notice", **typed},
    )

    assert answer.status_code == 422
    assert row["refused"] in words_of(answer)
    assert not CorporateAction.objects.exists()


def test_the_kind_is_on_the_check_page_and_on_the_way_back() -> None:
    typed = {
        "symbol": "ZUS", "kind": "cash_merger", "effective_on": "2026-12-01", "cash": "61.5", "source": "Notice",
    }  # fmt: skip
    client = as_(cast.tom())
    seen = client.get(door("corporate_action_enter"), {"kind": "cash_merger"}).context["page"].seen
    check = client.post(door("corporate_action_enter"), {**typed, "door_seen": seen})
    back = client.post(door("corporate_action_enter"), {**typed, "door_seen": seen, "door_back": "1"})

    assert ("What happens", "Merger for cash") in [
        (one.label, one.after) for one in check.context["page"].lines
    ]
    assert page_of(back).chosen == (("What happens", "Merger for cash"),)
    acted(cast.tom(), door("corporate_action_enter"), **typed)
    assert REGISTER.standing().get().cash == D("61.5")


def test_a_change_asks_for_the_fields_of_its_kind_and_keeps_the_kind() -> None:
    row = actions.announced()

    page = page_of(as_(cast.tom()).get(door("corporate_action_change", row.public_id)))

    assert [one.name for one in page.form if one.name not in ALWAYS] == [
        "shares_new",
        "shares_old",
        "lieu_price",
    ]


def test_facts_come_first_and_long_tables_are_cut_until_all_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(corporate_actions, "ROWS_SHOWN", 2)
    row = actions.announced()
    assert TaxLot.objects.filter(security=row.security, closed_on=None).count() == 3

    answer = as_(cast.ana()).get(door("corporate_action", row.public_id))
    whole = page_of(as_(cast.ana()).get(door("corporate_action", row.public_id), {"all": "1"}))

    page, said = page_of(answer), words_of(answer)
    assert page.title == "Stock split of ZUS on Nov 23, 2026: 4 for 1"
    assert said.index("The issuer&#x27;s notice") < said.index("What it would do to the lots on record")
    assert (len(page.lots), page.has_more) == (2, True)
    assert page.lots_sentence.endswith("The first 2 are listed.")
    assert (len(whole.lots), whole.has_more) == (3, False)
