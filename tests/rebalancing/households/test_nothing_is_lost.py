"""However two households are merged and split: every account, lot, dollar and person is there once, or nothing changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from clients.households import households, life_events, splitting, tax_units
from clients.households.splitting import Returns
from clients.models import Account, CashBalance, Household, Person, TaxLot, TaxUnit
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from rebalancing.households import merging
from rebalancing.households import splitting as household_splitting
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.examples import WALKS
from tests.factories import two_families
from tests.factories.households import SET_UP
from tests.factories.the_firm import undone
from tests.factories.two_families import TwoFamilies, add

RECORD = "two families"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TODAY = SUNDAY_NOON.date()
walks = settings(
    max_examples=WALKS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def firm() -> TwoFamilies:
    return two_families.on_record()


def everything() -> dict[str, Counter[Any]]:
    """What there is, whoever's it is: what a merger or a split may neither lose nor double."""
    return {
        "accounts": Counter(Account.objects.values_list("public_id", "number_index", "registration")),
        "lots": Counter(TaxLot.objects.values_list("public_id", "account__public_id", "quantity", "basis")),
        "dollars": Counter(CashBalance.objects.values_list("account__public_id", "settled")),
        "people": Counter(Person.objects.filter(left_on=None).values_list("given_name", "family_name")),
        "profiles": Counter(TaxUnit.objects.values_list("profiles__public_id")),
    }


def refuse_what_belongs_nowhere() -> None:
    """Nothing belongs to two households, and nothing that is open to a closed one."""
    for account in Account.objects.select_related("household", "owner__household", "tax_unit__household"):
        assert account.household.closed_on is None, f"{account} is left behind"
        if account.joint_owner_id is None:
            assert account.owner.household == account.household, account
        if account.tax_unit is not None:
            assert account.tax_unit.household == account.household, account
            assert account.tax_unit.last_tax_year is None, account
    for unit in TaxUnit.objects.filter(last_tax_year=None, household__closed_on=None):
        assert {one.household for one in unit.members.all()} <= {unit.household}, unit
    for household in Household.objects.filter(closed_on=None):
        assert household.book_entries.filter(ends_on=None, part="advisor").exists(), household
        codes = list(household.tax_units.values_list("code", flat=True))
        assert len(codes) == len(set(codes))
    for person in Person.objects.filter(left_on=None):
        assert person.household.closed_on is None, person
        if person.spouse is not None:
            assert person.spouse.household == person.household, person


def merge(kept: Household, absorbed: Household) -> Household:
    return merging.merge(
        kept,
        absorbed,
        next_policy="keep",
        reason="One family.",
        on=TODAY,
        by=Actor.person(cast.rui()),
        at=SUNDAY_NOON,
    )


def split(household: Household, going: list[Person], joint: list[Account], code: str) -> Household:
    planned = household_splitting.plan(
        household,
        code=code,
        name=code.capitalize(),
        people=going,
        joint=joint,
        returns=Returns(going="single", staying="hoh", state="CO", last_joint_year=2025),
        with_draft=False,
        on=TODAY,
    )
    return household_splitting.split(
        planned, reason="They parted.", on=TODAY, by=Actor.person(cast.rui()), at=SUNDAY_NOON
    )


def a_larger_family(firm: TwoFamilies, draw: Callable[[Any], Any]) -> None:
    """More people at the Millers, with accounts and returns dealt out among them."""
    names = draw(some.lists(some.sampled_from(["Max", "Mo", "May"]), min_size=1, max_size=3, unique=True))
    persons = [firm.mia, *(add(firm.millers, name, "Miller") for name in names)]
    max_ = persons[1]
    shape = draw(some.sampled_from(["joint", "own returns", "none"]))
    unit = firm.millers.tax_units.get()
    if shape == "joint":
        tax_units.correct(
            unit,
            code="mia",
            name="Both",
            filing_status="mfj",
            state="CO",
            members=persons[:2],
            reason="Marriage.",
            by=SET_UP,
            at=SUNDAY_NOON,
        )
    elif shape == "own returns":
        theirs = tax_units.add(
            firm.millers,
            code=draw(some.sampled_from(["max", "hart"])),
            name="Max",
            filing_status="single",
            state="CO",
            members=[max_],
            by=SET_UP,
            at=SUNDAY_NOON,
        )
        firm.millers.accounts.filter(name="Taxable").update(owner=max_, tax_unit=theirs)
    if draw(some.booleans()):
        firm.millers.accounts.filter(name="IRA").update(owner=draw(some.sampled_from(persons)))
    if draw(some.booleans()):
        other = {firm.mia.pk: max_}
        taxable = firm.millers.accounts.get(name="Taxable")
        taxable.joint_owner = other.get(taxable.owner_id, firm.mia)
        taxable.save()


@walks
@given(some.data())
def test_merging_and_splitting_keep_everything_once(firm: TwoFamilies, data: some.DataObject) -> None:
    with undone():
        a_larger_family(firm, data.draw)
        before = everything()
        acts = data.draw(
            some.sampled_from([("merge", "split"), ("split", "merge"), ("split", "split", "merge")])
        )
        for number, act in enumerate(acts):
            open_now = list(Household.objects.filter(closed_on=None).order_by("pk"))
            try:
                if act == "merge":
                    kept = data.draw(some.sampled_from(open_now))
                    merge(kept, data.draw(some.sampled_from([one for one in open_now if one != kept])))
                else:
                    household = data.draw(some.sampled_from(open_now))
                    persons = list(household.people.filter(left_on=None).order_by("pk"))
                    going = data.draw(some.lists(some.sampled_from(persons), max_size=3, unique=True))
                    shared = splitting.joint_accounts(household)
                    joint = [one for one in shared if data.draw(some.booleans())]
                    split(household, going, joint, f"new-{number}")
            except Conflict as refusal:
                unsaid = [cause for cause in refusal.causes or [None] if cause is None or not cause.sentence]
            else:
                unsaid = []
            after = everything()
            assert unsaid == []
            # A return that is parted makes others, whose profiles are confirmed anew; none goes away.
            assert before["profiles"] - after["profiles"] - Counter([(None,)]) == Counter()
            assert {name: rows for name, rows in before.items() if name != "profiles"} == {
                name: rows for name, rows in after.items() if name != "profiles"
            }
            refuse_what_belongs_nowhere()
        assert audit.verify_and_record(by=SET_UP, at=SUNDAY_NOON).is_intact


class Killed(Exception):
    """The process is gone."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Nothing after the so-manieth write reaches the database."""
    left = statement

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")) or "compliance_audit_append" in sql:
            left -= 1
            if left < 0:
                raise Killed
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def the_record() -> dict[str, list[Any]]:
    """Every row of every table of the record and the trail."""
    found = {}
    with connection.cursor() as cursor:
        for model in (Household, Person, TaxUnit, Account):
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" AS t ORDER BY t.id')
            found[model.__name__] = cursor.fetchall()
        for table in (
            "clients_hold",
            "clients_lifeevent",
            "clients_bookentry",
            "clients_policy",
            "compliance_auditevent",
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchall()
    return found


@walks
@given(some.integers(0, 40), some.booleans())
def test_killed_in_the_middle_it_leaves_all_or_nothing(
    firm: TwoFamilies, statement: int, is_merger: bool
) -> None:
    with undone():
        max_ = add(firm.millers, "Max", "Miller")
        households.grant_sign_in(max_, user=cast.carl(), may_see="household", by=SET_UP, at=SUNDAY_NOON)
        life_events.record(
            firm.harts,
            kind="job_loss",
            opened_on=TODAY,
            person=firm.hanna,
            note="",
            by=SET_UP,
            at=SUNDAY_NOON,
        )
        before = the_record()
        done = False
        try:
            with killed_at(statement):
                if is_merger:
                    merge(firm.millers, firm.harts)
                else:
                    split(firm.millers, [max_], [], "new")
                done = True
        except Killed:
            pass

        assert (the_record() == before) is not done
        refuse_what_belongs_nowhere()
