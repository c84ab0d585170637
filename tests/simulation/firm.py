"""The firm of the simulation: four families, and the people who decide, release and carry files. Everything goes through the product's verbs."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from clients.households import books, tax_profiles
from clients.imports import custodian_files
from clients.models import BookEntry, CustodianFile, Household, TaxUnit
from clients.policies.targets import TargetSpec
from compliance.firm import order_figures
from compliance.models import FindingRow, OverrideReason, SeverityLevel
from compliance.people.actors import Actor
from compliance.refusals import Refusal
from compliance.review_desk import findings
from rebalancing import tasks
from rebalancing.execution import cancels, going, order_files, orders, releases
from rebalancing.fills import breaks
from rebalancing.models import BatchFile, Block, Break, FixSession, Proposal, ScanItem
from rebalancing.proposals import proposals
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import firm_settings, fix_messages
from tests.factories.bundles import MILLERS
from tests.factories.bundles import table as csv_of
from tests.factories.households import SET_UP, a_published_model, an_adopted_policy, loaded, the_millers
from tests.simulation.books import Book, Lot
from tests.simulation.custodians import Custodians

FAMILIES = 4
BY_FILE, BY_FIX = "house", "schwab"
TARGETS = (
    TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.02")),
    TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.02")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.03")),
)


class Firm:
    """Who works there. Each act returns what a refusal said, or nothing."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.ana, self.rui, self.tom, self.nina = cast.ana(), cast.rui(), cast.tom(), cast.nina()
        self.said: list[str] = []
        self.carried: set[str] = set()

    def approves(self, proposal: Proposal) -> bool:
        """Nina answers for what somebody has to answer for, and Rui approves exactly that."""
        return self.tries(lambda: self._approves(proposal))

    def _approves(self, proposal: Proposal) -> None:
        at, revision = self._now(), proposals.current(proposal)
        assert revision.review is not None, "a stored revision has its review"
        asked = FindingRow.objects.filter(
            examination__review=revision.review, severity=SeverityLevel.OVERRIDE
        )
        for row in asked:
            findings.override(
                row, reason=OverrideReason.FACTS_CONFIRMED, text="It follows from the drift.",
                fingerprint=revision.review.fingerprint, expires_at=at + timedelta(days=2), by=Actor.person(self.nina), at=at,
            )  # fmt: skip
        proposals.approve(
            proposal, seen=revision.fingerprint, text="Agreed.", acknowledge_warnings=True,
            by=Actor.person(self.rui), at=at,
        )  # fmt: skip

    def rejects(self, proposal: Proposal) -> bool:
        seen = proposals.current(proposal).fingerprint
        return self.tries(
            lambda: proposals.reject(
                proposal, seen=seen, text="Not now.", by=Actor.person(self.rui), at=self._now()
            )
        )

    def withdraws(self, proposal: Proposal) -> bool:
        return self.tries(
            lambda: proposals.withdraw(
                proposal, reason="The client asked.", by=Actor.person(self.ana), at=self._now()
            )
        )

    def releases(self) -> bool:
        """Tom releases everything that is approved; a worker carries it out."""
        approved = list(Proposal.objects.filter(state=Proposal.State.APPROVED).order_by("pk"))
        if not approved:
            return False
        chosen = [(one, proposals.current(one).fingerprint) for one in approved]
        return self.tries(lambda: releases.start(chosen, by=Actor.person(self.tom), at=self._now()))

    def takes_files(self, day: date) -> list[dict[str, str]]:
        """Tom takes the files of a day that nobody has carried to their custodian: their texts by kind."""
        waiting = BatchFile.objects.filter(
            release__blocks__state__in=("ready", "exported"), release__blocks__route="file",
            release__blocks__trade_on=day, kind=BatchFile.Kind.ORDERS,
        ).exclude(name__in=self.carried)  # fmt: skip
        taken = []
        for file in waiting.distinct().order_by("pk"):
            if not order_files.is_newest(file):
                continue
            same = BatchFile.objects.filter(
                release=file.release, custodian=file.custodian, version=file.version
            ).order_by("pk")
            if all(self.tries(lambda one=one: self._takes(one)) for one in same):  # type: ignore[misc]
                taken.append({one.kind: one.content for one in same})
                self.carried.add(file.name)
        return taken

    def _takes(self, file: BatchFile) -> None:
        orders.mark_exported(file, by=Actor.person(self.tom), at=self._now())

    def hands_in(self, name: str, content: bytes) -> CustodianFile:
        """Tom hands a custodian's file in and confirms what it asks."""
        by, at = Actor.person(self.tom), self._now()
        receipt = custodian_files.receive(
            content, name=name, channel=CustodianFile.Channel.COMMAND, user_id=self.tom.pk, by=by, at=at
        )
        file = receipt.file
        if file.state != CustodianFile.State.PREVIEWED:
            return file
        return custodian_files.load(
            file,
            parsed=receipt.parsed,
            confirmed=file.preview.get("confirm", ""),
            user_id=self.tom.pk,
            by=by,
            at=at,
        )

    def works_breaks(self, *, before: date) -> None:
        """What was found until yesterday is answered where a person can answer it; positions only agree by themselves."""
        for row in Break.objects.filter(ended_at=None, found_on__lt=before).exclude(
            queue=Break.Queue.POSITIONS
        ):
            self.tries(
                lambda one=row: breaks.explain(  # type: ignore[misc]
                    one,
                    reason="The custodian was asked.",
                    user_id=self.tom.pk,
                    by=Actor.person(self.tom),
                    at=self._now(),
                )
            )

    def answers_for_what_is_held(self) -> bool:
        """Tom lets a block go that asks for a word, or cancels it where nobody may; whether anything was asked."""
        by, at = Actor.person(self.tom), self._now()
        asked = list(Block.objects.filter(state=Block.State.HELD).exclude(asked_at=None).order_by("pk"))
        for block in asked:
            goes = self.tries(
                lambda one=block: going.say(one, reason="Compared with today.", by=by, at=at)  # type: ignore[misc]
            )
            if not goes:
                self.tries(
                    lambda one=block: cancels.cancel(one, reason="Overtaken.", by=by, at=at)  # type: ignore[misc]
                )
        return bool(asked)

    def confirms_the_year(self, year: int) -> None:
        """Ana confirms the figures of a new tax year with every client."""
        for unit in TaxUnit.objects.order_by("pk"):
            tax_profiles.confirm(
                unit, tax_year=year, confirmed_on=self._now().date(), by=Actor.person(self.ana), at=self._now(),
                wages=D(180_000), state_rate=D("0.044"), short_term_carryover=D(0), long_term_carryover=D(0),
                short_term_before=D(0), long_term_before=D(0), distributions_expected=D(0),
            )  # fmt: skip

    def works(self) -> None:
        """The workers go on until no household waits."""
        tasks.work_scans()
        while ScanItem.objects.filter(state="waiting").exists():
            tasks.work_scans()
        tasks.sweep()

    def tries(self, act: Callable[[], Any]) -> bool:
        """Whether an act was taken; how it was refused is kept."""
        try:
            act()
        except Refusal as refusal:
            self.said.append(f"{self._now():%Y-%m-%d} {refusal} {[str(one) for one in refusal.causes[:3]]}")
            return False
        return True


def opens(custodians: Custodians, seed: int, *, purchases_wait: str = "") -> FixSession:
    """The firm on its first day: families with accounts at two custodians, one of which takes orders by FIX."""
    if purchases_wait:
        firm_settings.decided(order_figures.PURCHASES_WAIT, purchases_wait)
    reviewer, advisor = cast.rui(), cast.ana()
    loaded(csv_of("securities", list(MILLERS["securities"])), name="securities.csv")
    loaded(
        "\n".join(["symbol,on,price,source", *(f"{name},{LAST_FRIDAY},{custodians.market.price(name, LAST_FRIDAY)},generated" for name in ("ZUS", "ZUB", "ZBD")), ""]).encode(),
        name="prices.csv",
    )  # fmt: skip
    model = a_published_model(reviewer=reviewer)
    for place in range(FAMILIES):
        _a_family(custodians, place, random.Random(f"{seed}/family/{place}"), model, advisor, reviewer)
    for custodian in (BY_FILE, BY_FIX):
        name, content = custodians.bundle(custodian, LAST_FRIDAY)
        file = loaded(content, name=name)
        assert file.state == CustodianFile.State.LOADED, file.faults
        custodians.arrived(custodian, LAST_FRIDAY)
    return fix_messages.session(custodian=BY_FIX, made_at=SUNDAY_NOON, epoch_began_at=SUNDAY_NOON)


def _a_family(
    custodians: Custodians, place: int, chance: random.Random, model: Any, advisor: Any, reviewer: Any
) -> Household:
    code = f"family{place}"
    household = the_millers(code)
    where = BY_FILE if place % 2 else BY_FIX
    rows = []
    for tail, registration, taxable in (("1", "individual", True), ("2", "traditional_ira", False)):
        number = f"{3000 + place}000{tail}"
        rows.append(
            f"{number},{registration},{code},Mia Miller,{registration},{where},full,2020-01-02,no,fifo"
        )
        worth = D(chance.randrange(150, 900) * 1000)
        book = Book(number, code, where, taxable, D(chance.randrange(1000, 4000)) + worth / 100)
        custodians.books[number] = book
        stocks = D(chance.randrange(52, 65)) / 100
        for symbol, part in (("ZUS", stocks), ("ZBD", D("0.98") - stocks)):
            price = custodians.market.price(symbol, LAST_FRIDAY)
            for count in range(chance.randrange(1, 4)):
                shares = D(int(worth * part / price / 3))
                paid = price * D(chance.randrange(60, 125)) / 100
                bought = date(chance.randrange(2021, 2026), chance.randrange(1, 12), chance.randrange(1, 28))
                book.lots.append(
                    Lot(
                        symbol,
                        f"{number[-5:]}{symbol}{count}",
                        bought,
                        shares,
                        (paid * shares).quantize(D("0.01")),
                    )
                )
        book.begins()
    file = loaded(csv_of("accounts", rows), name=f"accounts-{code}.csv")
    assert file.state == CustodianFile.State.LOADED, file.faults
    an_adopted_policy(
        household,
        model=model,
        reviewer=reviewer,
        targets=TARGETS,
        harvests_losses=place % 3 != 2,
        minimum_trade=D(500),
    )
    for user, part in ((advisor, BookEntry.Part.ADVISOR), (reviewer, BookEntry.Part.REVIEWER)):
        books.assign(household, user=user, part=part, starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON)
    return household
