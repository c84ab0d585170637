"""A small firm with one thing of every kind, for tests that look at every door.

The Harts' proposal waits for a decision; the Millers' was approved, released and told to the client. Ana
advises both and Rui reviews both. Otto advises the Nobles only, whose son Noah signs in as a client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from advisory.models import User
from clients.households import books, households, people, tax_profiles, tax_units
from clients.models import BookEntry, CustodianFile, Household, ModelPortfolio, Person, Policy, TaxUnit
from compliance import examiners
from compliance.models import ConsentChannel, ExaminerAccess, FindingRow, OverrideReason, SeverityLevel
from compliance.people.actors import Actor
from compliance.review_desk import findings, threads
from rebalancing.client_reports import letters
from rebalancing.execution import orders
from rebalancing.models import ClientSummary, OrderBatch, Proposal, Reading, ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON, TUESDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.firm_settings import looking_twice
from tests.factories.households import SET_UP, a_managed_household, an_adopted_policy, loaded, received


@dataclass(frozen=True, slots=True)
class TheFirm:
    """Its people, and one thing of each kind."""

    ana: User
    otto: User
    rui: User
    tom: User
    cora: User
    ada: User
    carl: User
    hal: User
    noah: User
    gone: User
    millers: Household
    harts: Household
    nobles: Household
    policy: Policy
    model: ModelPortfolio
    run: ScanRun
    reading: Reading
    proposal: Proposal
    released: Proposal
    batch: OrderBatch
    summary: ClientSummary
    file: CustodianFile

    @property
    def eve(self) -> User:
        """An examiner, let in to the Millers' record by whoever asks for her first."""
        found: User = cast.eve()
        if not ExaminerAccess.objects.of(found.pk).exists():
            examiners.open_access(
                found.pk,
                household_ref=self.millers.public_id,
                since_on=None,
                until_on=None,
                ends_on=date(2026, 12, 31),
                reason="Examination 2026-114.",
                by=Actor.person(self.cora),
                at=SUNDAY_NOON,
            )
        return found

    @property
    def fingerprint(self) -> str:
        """What a decision on the open proposal has to name."""
        return proposals.current(self.proposal).fingerprint


@contextmanager
def standing() -> Iterator[TheFirm]:
    """The firm on record, in a database of its own; what a module does to it is in one transaction that is rolled back at the end.

    It is committed and measured first: thousands of requests inside the transaction that built it would each walk over
    rows that only PostgreSQL's slowest question tells to be its own.
    """
    from tests import records

    with records.own_database("the firm"):
        with _outermost():
            firm = build()
            connection.run_on_commit.clear()  # Nobody listens to the bell.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with _outermost():
            yield firm
            transaction.set_rollback(True)


@contextmanager
def _outermost() -> Iterator[None]:
    around = transaction.atomic()
    # As Django's own TestCase marks its transactions, so that a verb may still ask to be the outermost.
    around._from_testcase = True  # type: ignore[attr-defined]
    with around:
        yield


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back; no block of ours is left for a verb to find around it."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        connection.needs_rollback = False
        transaction.savepoint_rollback(point)


def build() -> TheFirm:
    """Make it all through the product's own verbs. It is Sunday noon."""
    ana, rui, tom, carl = cast.ana(), cast.rui(), cast.tom(), cast.carl()
    hal, noah, otto = (
        cast.hal(),
        cast.noah(),
        cast.otto(),
    )
    gone = cast.greta()
    millers = a_managed_household(advisor=ana, reviewer=rui)
    harts = the_harts(ana=ana, rui=rui)
    nobles = _the_nobles(otto)
    for household, user in ((millers, carl), (harts, hal), (nobles, noah)):
        households.grant_sign_in(
            household.people.order_by("pk")[0],
            user=user,
            may_see=Person.MaySee.HOUSEHOLD,
            by=SET_UP,
            at=SUNDAY_NOON,
        )
    _assign(millers, gone, BookEntry.Part.ADVISOR)
    _assign(harts, gone, BookEntry.Part.ADVISOR)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    cora = cast.cora()
    looking_twice()
    run = _a_scan()
    for proposal in Proposal.objects.order_by("pk"):
        _answer(proposal, by=cora)
    released = Proposal.objects.get(household=millers)
    proposals.approve(
        released,
        seen=proposals.current(released).fingerprint,
        text="Agreed.",
        acknowledge_warnings=True,
        by=Actor.person(rui),
        at=SUNDAY_NOON,
    )
    batch = orders.release(released, by=Actor.person(tom), at=SUNDAY_NOON)
    proposal = Proposal.objects.get(household=harts)
    proposals.consent(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        given_by="Hanna Hart",
        channel=ConsentChannel.PHONE,
        evidence="Recorded call of Sunday.",
        by=Actor.person(ana),
        at=SUNDAY_NOON,
    )
    review = proposals.current(proposal).review
    assert review is not None
    threads.comment(review, "Looks right to me.", by=Actor.person(rui), at=SUNDAY_NOON)
    summary = ClientSummary.objects.get()
    letters.render(summary, by=Actor.person(ana), at=SUNDAY_NOON)
    policy = millers.policies.get(state=Policy.State.ADOPTED)
    return TheFirm(
        ana=ana,
        otto=otto,
        rui=rui,
        tom=tom,
        cora=cora,
        ada=cast.ada(),
        carl=carl,
        hal=hal,
        noah=noah,
        gone=gone,
        millers=millers,
        harts=harts,
        nobles=nobles,
        policy=policy,
        model=policy.model.model,
        run=run,
        reading=Reading.objects.get(household=millers),
        proposal=proposal,
        released=Proposal.objects.get(pk=released.pk),
        batch=batch,
        summary=summary,
        file=received(_newer_prices(), name="prices.zip", user=tom),
    )


def the_harts(
    *, ana: Any, rui: Any, tables: Mapping[str, list[str]] | None = None, **terms: Any
) -> Household:
    """As the Millers, but they keep the last word on every trade; `tables` are rows of the Millers' that they hold instead."""
    household = _household("hart", "Hart", "Hanna")
    loaded(
        bundle(
            **{
                kind: [_ofthe_harts(row) for row in rows]
                for kind, rows in {**MILLERS, **(tables or {})}.items()
                if kind != "prices"
            }
        ),
        name="harts.zip",
    )
    household.accounts.update(discretion="non_discretionary", discretion_from_on=None)
    model = Policy.objects.get().model
    an_adopted_policy(household, model=model, reviewer=rui, **terms)
    _assign(household, ana, BookEntry.Part.ADVISOR)
    _assign(household, rui, BookEntry.Part.REVIEWER)
    return household


def _ofthe_harts(row: str) -> str:
    changes = (("1111", "2222"), ("miller", "hart"), ("Mia Miller", "Hanna Hart"))
    for old, new in changes:
        row = row.replace(old, new)
    return row


def _the_nobles(otto: Any) -> Household:
    household = _household("noble", "Noble", "Nora")
    _assign(household, otto, BookEntry.Part.ADVISOR)
    return household


def _household(code: str, name: str, given: str) -> Household:
    household = households.open_household(
        code=code,
        name=name,
        opened_on=date(2020, 1, 2),
        profile_confirmed_on=date(2026, 3, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    head = people.add(
        household,
        given_name=given,
        family_name=name,
        part=Person.Part.HEAD,
        born_on=date(1970, 5, 4),
        tax_number=f"900-00-{1000 + household.pk:04d}",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    unit = tax_units.add(
        household,
        code=code,
        name=f"{given} {name}",
        filing_status=TaxUnit.FilingStatus.SINGLE,
        state="CO",
        members=[head],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    tax_profiles.confirm(
        unit, tax_year=2026, confirmed_on=date(2026, 3, 2), by=SET_UP, at=SUNDAY_NOON, wages=180_000
    )
    return household


def _assign(household: Household, user: Any, part: str) -> None:
    books.assign(household, user=user, part=part, starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON)


def _a_scan() -> ScanRun:
    run = scans.start(
        scan=ScanRun.Scan.DAILY,
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=None,
        by=Actor.system("timetable"),
        at=SUNDAY_NOON,
    )
    scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=100)
    run.refresh_from_db()
    return run


def _answer(proposal: Proposal, *, by: Any) -> None:
    """Answer for every finding that a named person may answer for."""
    review = proposals.current(proposal).review
    assert review is not None
    examination = findings.latest(review)
    for row in FindingRow.objects.filter(examination=examination, severity=SeverityLevel.OVERRIDE):
        findings.override(
            row,
            reason=OverrideReason.FACTS_CONFIRMED,
            text="The size follows from the drift.",
            fingerprint=review.fingerprint,
            expires_at=TUESDAY_NOON,
            by=Actor.person(by),
            at=SUNDAY_NOON,
        )


def _newer_prices() -> bytes:
    """A file that waits to be confirmed."""
    import io
    import zipfile

    from tests.factories.bundles import table

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("prices.csv", (2026, 11, 20, 19, 0, 0))
        archive.writestr(entry, table("prices", ["ZUB,2026-11-19,49.50,generated"]))
    return out.getvalue()
