"""The made-up firm: the same for the same seed, complete, consistent, and without a secret in the clear."""

from __future__ import annotations

import io
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import ClassVar
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client, TestCase, override_settings

from advisory.models import User
from advisory.showroom.demo import (
    families,
    files,
    firm,
    holdings,
    listing,
    markets,
    people,
    situations,
    tables,
)
from advisory.showroom.demo.sample_decisions import STEPS
from clients.models import Account, CustodianFile, Household, Position, Price, RealizedGain, Security, TaxLot
from compliance.audit_trail import audit
from compliance.firm import firm_facts, firm_settings
from compliance.models import SettingVersion
from rebalancing.models import OrderBatch, Proposal, Reading
from tests.advisory.showroom.crawling import dead_links
from tests.advisory.showroom.demo_claims import CLAIMS, OUTCOMES, asks_for_a_reason
from tests.clock import LAST_FRIDAY, SUNDAY_NOON, standing_at
from tests.examples import DEPTH

SEED = 7
PAGE = Path(__file__).parents[3] / "docs" / "demo.md"
TOUR = PAGE.with_name("tour.md")


@pytest.fixture(scope="module")
def market() -> markets.Market:
    return markets.draw(seed=SEED, as_of=LAST_FRIDAY)


@pytest.fixture(scope="module")
def drawn() -> tuple[families.Family, ...]:
    return families.draw(seed=SEED, count=firm.HOUSEHOLDS, as_of=LAST_FRIDAY)


@pytest.fixture(scope="module")
def contents(drawn: tuple[families.Family, ...], market: markets.Market) -> list[holdings.Contents]:
    return firm.fill(drawn, market, seed=SEED)


def written() -> list[files.WrittenFile]:
    market = markets.draw(seed=SEED, as_of=LAST_FRIDAY)
    some = families.draw(seed=SEED, count=12, as_of=LAST_FRIDAY)
    return [files.market(market), *files.write(firm.fill(some, market, seed=SEED), market)]


def test_the_same_seed_and_day_are_the_same_files_to_the_byte() -> None:
    assert written() == written()
    assert families.draw(seed=8, count=12, as_of=LAST_FRIDAY) != families.draw(
        seed=SEED, count=12, as_of=LAST_FRIDAY
    )


def test_the_firm_is_as_large_and_as_varied_as_it_should_be(
    drawn: tuple[families.Family, ...], contents: list[holdings.Contents], market: markets.Market
) -> None:
    accounts = [account for family in drawn for account in family.accounts]

    assert len(drawn) >= 60
    assert len({family.name for family in drawn}) == len(drawn)
    assert len(accounts) >= 200
    assert len({account.number[-4:] for account in accounts}) == len(accounts)
    assert {account.registration for account in accounts} == set(Account.Registration.values)
    assert sum(len(held.lots) for held in contents) >= 8_000
    assert market.sessions[0] <= LAST_FRIDAY.replace(year=LAST_FRIDAY.year - 10)
    assert {family.situation.code for family in drawn} == set(situations.BY_CODE)
    shares = Counter(family.situation.code for family in drawn)
    assert shares["inside"] / len(drawn) >= 0.5


def test_every_lot_was_bought_on_a_session_at_that_days_close(
    contents: list[holdings.Contents], market: markets.Market
) -> None:
    odd = [
        (held.account.number, lot)
        for held in contents
        for lot in held.lots
        if lot.price is not None
        and lot.donor_basis is None
        and (lot.acquired_on not in market.sessions or lot.price != market.price(lot.symbol, lot.acquired_on))
    ]
    assert odd == []


def test_no_account_owes_money_or_holds_less_than_nothing(contents: list[holdings.Contents]) -> None:
    assert [held.account.number for held in contents if held.cash < 0] == []
    assert [lot for held in contents for lot in held.lots if lot.quantity <= 0] == []


def test_prices_end_where_the_listing_says_and_never_jump_to_zero(market: markets.Market) -> None:
    assert min(min(path) for path in market.closes.values()) > 0
    assert (market.price("ZZTM"), market.price("ZZMM")) == (D("268.40"), D("1.00"))


def test_the_page_names_who_shows_what(drawn: tuple[families.Family, ...]) -> None:
    assert tables.situations(drawn) in PAGE.read_text()


@override_settings(MEDIA_ROOT="/nonexistent", ENVIRONMENT="production")
@pytest.mark.django_db
def test_it_refuses_to_run_in_production() -> None:
    with pytest.raises(CommandError, match="production"):
        call_command("demo")
    assert not Household.objects.exists()


PROMISED = {
    **dict.fromkeys(("ada", "bruno", "celia", "dario"), ("/", "/households/", "/proposals/")),
    **dict.fromkeys(("rhea", "rufus"), ("/", "/proposals/")),
    "theo": ("/", "/imports/", "/blotter/", "/proposals/"),
    "cora": ("/", "/audit/", "/compliance/"),
    "alma": ("/",),
    **dict.fromkeys(("client", "spouse", "consent", "quiet"), ("/portfolio/",)),
}
"""The pages behind what each sign-in is told to look at first, and behind the tour's steps."""


def test_the_tour_counts_the_people_and_households_as_they_are() -> None:
    words = " ".join(TOUR.read_text().split())
    held = Counter(role.value for one in people.COLLEAGUES for role in one.roles)

    assert (
        f"{firm.HOUSEHOLDS} households, four advisors, two reviewers, a trader, a compliance officer" in words
    )
    assert held == {"advisor": 4, "reviewer": 2, "trader": 1, "compliance": 1, "administrator": 1}


def test_the_page_counts_the_decisions_as_they_are_made() -> None:
    words = " ".join(PAGE.read_text().split())
    did = Counter(step.did for step in STEPS)

    assert (
        "two are approved and released, two approved, one rejected, one returned, one has its client's consent"
        in words
    )
    assert did == {"approved and released": 2, "approved": 2, "rejected": 1, "returned": 1, "consented to": 1}


@pytest.mark.parametrize(
    "as_of", [date(2026, 11, 27), date(2026, 12, 31), date(2027, 1, 4), date(2028, 1, 3), date(2028, 2, 29)]
)
def test_the_wash_sale_trap_has_a_purchase_inside_the_window_on_any_day(as_of: date) -> None:
    market = markets.draw(seed=SEED, as_of=as_of)
    drawn = families.draw(seed=SEED, count=firm.HOUSEHOLDS, as_of=as_of)
    trapped = [one for one in drawn if one.situation.code == "wash_trap"]
    held = [part for family in trapped for part in holdings.fill(family, market, seed=SEED)]
    just_bought = {
        lot.symbol
        for part in held
        if part.account.is_tax_free
        for lot in part.lots
        # The orders go out on the next session, at most five days later.
        if lot.acquired_on and (as_of - lot.acquired_on).days + 5 <= 30
    }
    at_a_loss = {
        lot.symbol
        for part in held
        if part.account.is_taxable
        for lot in part.lots
        if lot.price is not None and lot.price > market.price(lot.symbol)
    }

    assert just_bought
    assert just_bought <= at_a_loss


OTHERS = ("rhea", "alma", "spouse", "consent") if DEPTH == "all" else ()
"""Whose links are followed with `--all` only: most of theirs are those of an advisor, of compliance or of a client too."""


@pytest.mark.thorough
class TestALoadedFirm(TestCase):
    """One household of every situation and one inside its bands, loaded, scanned and decided about."""

    drawn: ClassVar[tuple[families.Family, ...]]
    said: ClassVar[str]
    told: ClassVar[str]
    folder: ClassVar[Path]

    @classmethod
    def setUpTestData(cls) -> None:
        count = len(situations.SITUATIONS) + 1
        cls.drawn = families.draw(seed=SEED, count=count, as_of=LAST_FRIDAY)
        cls.folder = Path(cls.enterClassContext(_a_folder()))
        said, told = io.StringIO(), io.StringIO()
        with (
            override_settings(MEDIA_ROOT=cls.folder),
            # Fewer years are enough here, and load in less time.
            mock.patch.object(markets, "YEARS", 8),
            standing_at(SUNDAY_NOON),
        ):
            call_command(
                "demo",
                "--seed",
                str(SEED),
                "--households",
                str(count),
                "--scan-here",
                stdout=said,
                stderr=told,
            )
        cls.said, cls.told = said.getvalue(), told.getvalue()

    def household(self, situation: str) -> Household:
        code = next(one.code for one in self.drawn if one.situation.code == situation)
        return Household.objects.get(code=code)

    def test_every_file_was_taken_in_wholly(self) -> None:
        assert set(CustodianFile.objects.values_list("state", flat=True)) == {"loaded"}
        assert CustodianFile.objects.filter(layout__startswith="schwab").count() >= 2
        assert {"fidelity-positions", "ibkr-flex", "ofx", "house"} <= set(
            CustodianFile.objects.values_list("layout", flat=True)
        )
        assert sorted(file.name for file in (self.folder / "demo").iterdir()) == sorted(
            CustodianFile.objects.values_list("name", flat=True)
        )

    def test_all_that_is_generated_says_so(self) -> None:
        with_history = Price.objects.filter(source="generated").values("security").distinct()
        assert with_history.count() == len(listing.LISTED)
        assert set(Security.objects.values_list("is_generated", flat=True)) == {True}

    def test_lots_add_up_to_positions_but_for_the_one_account_that_must_not(self) -> None:
        broken = Account.objects.exclude(reconciliation=Account.Reconciliation.RECONCILED)
        assert [account.household for account in broken] == [self.household("unreconciled")]
        of_lots: dict[tuple[int, int], D] = defaultdict(D)
        for account, security, quantity in TaxLot.objects.values_list("account", "security", "quantity"):
            of_lots[account, security] += quantity
        positions = {
            (account, security): quantity
            for account, security, quantity in Position.objects.values_list("account", "security", "quantity")
        }
        assert {key for key in positions | of_lots if positions.get(key) != of_lots.get(key)} == {
            key for key in positions if key[0] == broken[0].pk and positions[key] - of_lots[key] == 25
        }

    def test_every_household_reads_as_its_situation_says(self) -> None:
        outcomes = {
            reading.household.code: reading.outcome for reading in Reading.objects.select_related("household")
        }
        assert {one.situation.code: outcomes[one.code] for one in self.drawn} == {
            one.situation.code: OUTCOMES.get(one.situation.code, "proposed") for one in self.drawn
        }

    def test_what_the_page_says_of_a_household_is_so(self) -> None:
        assert set(CLAIMS) == set(situations.BY_CODE)
        untrue = {
            code: situations.BY_CODE[code].shows
            for code, is_so in CLAIMS.items()
            if not is_so(self.household(code))
        }
        assert untrue == {}

    def test_at_most_one_proposal_in_four_asks_for_a_written_reason(self) -> None:
        asking = [str(one) for one in Proposal.objects.all() if asks_for_a_reason(one)]
        assert len(asking) * 4 <= Proposal.objects.count(), asking

    def test_required_distributions_stand_as_the_page_says(self) -> None:
        with standing_at(SUNDAY_NOON):
            page = self._signed_in("cora").get("/required-distributions/?year=2026").context["page"]
        found = Counter(row.state for row in page.rows)
        assert (found["missing"], found["pressing"]) == (1, 1)
        assert set(found) <= {"missing", "pressing", "taken", "nothing"}

    def test_the_tour_signs_in_only_people_who_are_there(self) -> None:
        named = set(re.findall(r"`([a-z]+@[a-z.]+)`", TOUR.read_text()))
        assert named
        assert named <= set(User.objects.values_list("email", flat=True))
        assert all(email in self.said for email in named)

    def test_everybody_may_open_what_they_are_promised(self) -> None:
        with standing_at(SUNDAY_NOON):
            refused = {
                (short, address): answer.status_code
                for short, addresses in PROMISED.items()
                for address in addresses
                if (answer := self._signed_in(short).get(address)).status_code != 200
            }
        assert set(PROMISED) == {one.short for one in people.COLLEAGUES} | {
            "client",
            "spouse",
            "consent",
            "quiet",
        }
        assert refused == {}

    def test_every_link_that_anybody_is_shown_leads_somewhere(self) -> None:
        with standing_at(SUNDAY_NOON):
            dead = {
                short: found
                for short in ("ada", "theo", "cora", "client", *OTHERS)
                if (found := list(dead_links(self._signed_in(short))))
            }
        assert dead == {}

    def test_the_firm_has_the_name_that_two_people_gave_it(self) -> None:
        (version,) = SettingVersion.objects.filter(group="firm")
        assert (version.asked_by.email[:4], version.approved_by.email[:4]) == ("alma", "cora")
        assert firm_settings.in_force(on=SUNDAY_NOON.date()).of(firm_facts.NAME) == people.FIRM

    def test_the_administrator_is_promised_nothing_beyond_the_first_page(self) -> None:
        """Imports, scans and households are not hers to see: the demonstration once promised them."""
        alma = next(one for one in people.COLLEAGUES if one.short == "alma")
        assert not {"import", "scan", "household"} & set(re.findall("[a-z]+", alma.look_at))
        with standing_at(SUNDAY_NOON):
            page = self._signed_in("alma").get("/").context["page"]
        assert page.system is not None
        assert dict(page.system.people)["Advisor"] == 4

    def _signed_in(self, short: str) -> Client:
        client = Client()
        domain = "client.example" if short in {"client", "spouse", "consent", "quiet"} else people.DOMAIN
        client.force_login(User.objects.get(email=f"{short}@{domain}"), settings.AUTHENTICATION_BACKENDS[0])
        return client

    def test_people_have_decided_about_some_proposals(self) -> None:
        states = {step.situation: self.household(step.situation) for step in STEPS if step.place == 0}
        found = {code: Proposal.objects.get(household=one).state for code, one in states.items()}
        assert found == {
            "embedded_gains": "released",
            "out_of_band": "released",
            "missing_basis": "approved",
            "abroad_low": "approved",
            "trust_and_minor": "returned",
        }
        assert OrderBatch.objects.count() == 2
        assert "was not" not in self.told

    def test_gains_of_the_year_came_in_with_the_files(self) -> None:
        budget = RealizedGain.objects.filter(account__household=self.household("gain_budget"))
        assert [gain.term for gain in budget] == ["long"]
        assert 17_000 < sum(gain.proceeds - (gain.basis or D(0)) for gain in budget) < 20_000

    def test_no_tax_number_or_birthday_stands_anywhere_in_the_clear(self) -> None:
        secrets = [
            secret
            for family in self.drawn
            for person in family.people.values()
            for secret in (person.tax_number, person.tax_number.replace("-", ""))
        ]
        # A child's birthday may be the day of some price; an adult's is no other day of the record.
        secrets += [
            person.born_on.isoformat()
            for family in self.drawn
            for person in family.people.values()
            if person.part != "child"
        ]
        pattern = f"({'|'.join(secrets)})"
        found = []
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT count(*) FROM "{table}" AS whole WHERE whole::text ~ %s', [pattern])
                if cursor.fetchone()[0]:
                    found.append(table)
        assert found == []
        for file in (self.folder / "demo").iterdir():
            assert not any(secret.encode() in file.read_bytes() for secret in secrets), file.name
        assert not any(secret in self.said + self.told for secret in secrets)

    def test_the_trail_holds_together(self) -> None:
        assert audit.verify().is_intact

    def test_it_says_who_may_sign_in_and_with_what(self) -> None:
        assert "rhea@evermere.example" in self.said
        assert "a demonstration only" in self.said

    def test_a_second_firm_is_refused_over_the_first(self) -> None:
        before = Household.objects.count()
        with pytest.raises(CommandError, match="demonstration firm"):
            call_command("demo")
        assert Household.objects.count() == before


def _a_folder() -> object:
    import tempfile

    return tempfile.TemporaryDirectory()
