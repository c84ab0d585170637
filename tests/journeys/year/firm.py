"""A firm at its doors: who is there, what time it is, what somebody types, and what the night's jobs do."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from advisory.schedule import JOBS
from clients.models import Account, CustodianFile, FileAccount, Household, Person
from compliance.clock import EASTERN
from compliance.models import FindingRow, Review, SeverityLevel
from rebalancing import tasks
from rebalancing.models import ImpactItem, Order, OrderBatch, Proposal, ScanItem, ScanRun
from tests import clock
from tests.journeys.year.custodians import Custodians
from tests.pages import as_, words_of

NOT_AT_NIGHT = frozenset(
    {"canary", "verify the audit trail", "tell compliance of a broken trail", "write the trail's checkpoint"}
)
"""The trail is verified once a chapter; the rest concerns the servers."""


class Firm:
    """Everything that happens goes through a page, an upload or a job of the schedule."""

    def __init__(self, custodians: Custodians | None = None, *, begins: date = date(2026, 3, 2)) -> None:
        self.custodians = custodians or Custodians()
        self.told: list[str] = []
        """The sentences with which doors were refused."""
        self.excused = {"Daily scan"}
        """Promises that are broken at present and known to be. The story leaves out most market days."""
        self.is_at(begins)

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    def is_at(self, day: date, hour: int = 10, minute: int = 0) -> None:
        """It is this day, at ten in New York or another hour."""
        self.now = datetime.combine(day, time(hour, minute), tzinfo=EASTERN)
        clock.set_clock(self.now)

    @property
    def today(self) -> date:
        return self.now.date()

    def closes(self, day: date) -> ScanRun | None:
        """The market closes, the custodians send what they hold, and the night's jobs read every household."""
        self.is_at(day, 17)
        self.receives(self.custodians.files(day))
        self.night()
        return ScanRun.objects.filter(market_on=day).order_by("pk").last()

    def night(self) -> None:
        """Every job of the schedule runs, and the workers until nothing is left."""
        for job in JOBS:
            if job.name not in NOT_AT_NIGHT:
                job.task()
        self.works()

    def works(self) -> None:
        """The workers go on until nothing waits."""
        while ScanItem.objects.filter(state="waiting").exists():
            tasks.work_scans()
        while ImpactItem.objects.filter(state="waiting").exists():
            tasks.work_impacts()
        tasks.sweep()

    # ── People and doors ─────────────────────────────────────────────────────────────────────────

    def person(self, name: str) -> Any:
        return get_user_model()._default_manager.get(email=f"{name.lower()}@firm.example")

    def browser(self, who: str) -> Client:
        return as_(self.person(who))

    def reads(self, who: str, address: str, *sentences: str) -> str:
        """Somebody opens a page and finds each sentence there."""
        answer = self.browser(who).get(address, follow=True)
        words = plain(answer)
        assert answer.status_code == 200, (address, answer.status_code, words[:3000])
        for sentence in sentences:
            assert sentence in words, f"“{sentence}” is not on {address}:\n{words[:6000]}"
        return words

    def does(self, who: str, door: str, *parts: Any, **typed: Any) -> Any:
        """Somebody opens a door, types, confirms its check page if it has one, and is let through."""
        answer = self._tries(who, door, *parts, **typed)
        assert answer.status_code == 302, f"{door} refused {who}:\n{plain(answer)[:6000]}"
        return answer

    def cannot(self, who: str, door: str, *parts: Any, says: str, **typed: Any) -> None:
        """The same, but the door does not open, and says why."""
        answer = self._tries(who, door, *parts, **typed)
        words = plain(answer)
        assert answer.status_code in {403, 409, 422}, (door, answer.status_code, words[:3000])
        assert says in words, f"“{says}” is not what {door} said:\n{words[:6000]}"
        self.told.append(says)

    def asks(self, who: str, door: str, *parts: Any, **typed: Any) -> Review:
        """Somebody proposes what a second person decides."""
        return review_at(self.does(who, door, *parts, **typed)["Location"])

    def approves(self, who: str, review: Review, *, follow: bool = False) -> None:
        """Somebody else agrees to exactly what was asked."""
        answer = self.browser(who).post(
            reverse("compliance:review", args=[review.public_id]),
            {"verdict": "approved", "seen": review.fingerprint, "text": "Agreed."},
        )
        assert answer.status_code == 302, plain(answer)[:6000]

    def presses(self, who: str, address: str, *, status: int = 302, **sent: Any) -> Any:
        """Somebody sends a form of a page that is no door."""
        answer = self.browser(who).post(address, sent)
        assert answer.status_code == status, (address, answer.status_code, plain(answer)[:6000])
        return answer

    def _tries(self, who: str, door: str, *parts: Any, **typed: Any) -> Any:
        address, client = (
            reverse(door, args=[getattr(one, "public_id", one) for one in parts]),
            self.browser(who),
        )
        opened = client.get(address)
        page = opened.context.get("page") if opened.context else None
        if opened.status_code != 200 or not hasattr(page, "seen"):
            return opened
        given = {**shown(page.form), **{name: _typed(value) for name, value in typed.items()}}
        answer = client.post(address, {**given, "door_seen": page.seen})
        checked = getattr(answer.context.get("page"), "checked", "") if answer.context else ""
        if answer.status_code == 200 and checked:
            given = {name: _rewound(value) for name, value in given.items()}
            answer = client.post(address, {**given, "door_seen": page.seen, "door_checked": checked})
        return answer

    # ── The record ───────────────────────────────────────────────────────────────────────────────

    def household(self, code: str) -> Household:
        return Household.objects.get(code=code)

    def who(self, name: str) -> Person:
        """Somebody of a household, by their whole name."""
        given, family = name.split()
        return Person.objects.get(given_name=given, family_name=family)

    def account(self, number: str) -> Account:
        return next(one for one in Account.objects.all() if one.number == number)

    # ── Files ────────────────────────────────────────────────────────────────────────────────────

    def receives(self, files: list[tuple[str, bytes]]) -> None:
        """Tom hands the files in, binds what is new, and loads what did not load by itself."""
        tom = self.browser("Tom")
        for start in range(0, len(files), 20):
            some = [SimpleUploadedFile(name, content) for name, content in files[start : start + 20]]
            answer = tom.post(reverse("clients:import_upload"), {"uploads": some})
            assert answer.status_code == 302, plain(answer)[:6000]
        self._binds(tom)
        for file in CustodianFile.objects.filter(state="previewed").order_by("pk"):
            self._loads(tom, file)
        refused = CustodianFile.objects.filter(state="refused", received_at=self.now)
        assert not refused, [(one.name, one.faults) for one in refused]

    def _binds(self, tom: Client) -> None:
        """Each masked number to the only account whose number ends alike."""
        unbound = FileAccount.objects.filter(file__state="previewed", state="unbound").select_related("file")
        picked = {}
        for one in unbound:
            tail = re.sub(r"\D", "", one.mask)
            fitting = [
                account
                for account in Account.objects.filter(custodian=one.file.custodian, closed_on=None)
                if account.number.endswith(tail)
            ]
            assert len(fitting) == 1, (one.mask, one.label, fitting)
            picked[f"row-{one.pk}"] = fitting[0].public_id
        if picked:
            answer = tom.post(reverse("clients:binding_list"), {"action": "bind", **picked})
            assert answer.status_code == 302, plain(answer)[:6000]

    def _loads(self, tom: Client, file: CustodianFile) -> None:
        page = tom.get(reverse("clients:import_detail", args=[file.public_id])).context["page"]
        confirm = getattr(page, "confirm", "") or ""
        answer = tom.post(reverse("clients:import_load", args=[file.public_id]), {"confirm": confirm})
        assert answer.status_code == 302, (file.name, plain(answer)[:6000])
        file.refresh_from_db()
        assert file.state == "loaded", (file.name, file.state, file.faults, file.preview)

    # ── Proposals and orders ─────────────────────────────────────────────────────────────────────

    def open_proposals(self) -> list[Proposal]:
        return list(Proposal.objects.filter(state__in=Proposal.OPEN_STATES).order_by("pk"))

    def decides(self, proposal: Proposal, *, by: str = "Rui") -> None:
        """Nina answers for what somebody has to answer for, and a reviewer approves exactly that.

        Cora decided about securities, so the first proposals rest on what she did.
        """
        review = proposal.revisions.latest("number").review
        for row in FindingRow.objects.filter(examination__review=review, severity=SeverityLevel.OVERRIDE):
            self.presses(
                "Nina",
                reverse("rebalancing:override", args=[proposal.public_id, row.pk]),
                seen=review.fingerprint,
                reason="facts_confirmed",
                text="It follows from the drift.",
            )
        self.presses(
            by,
            reverse("rebalancing:approve", args=[proposal.public_id]),
            seen=review.fingerprint,
            text="Agreed.",
            acknowledge="on",
        )

    def releases(self, proposal: Proposal) -> list[Order]:
        """Tom checks the orders, releases them and takes the files to the custodian."""
        address = reverse("rebalancing:release", args=[proposal.public_id])
        tom = self.browser("Tom")
        answer = tom.get(address)
        assert answer.status_code == 200, plain(answer)[:6000]
        answer = tom.post(address, {"seen": proposal.revisions.latest("number").fingerprint})
        assert answer.status_code == 302, plain(answer)[:6000]
        batch = OrderBatch.objects.get(revision__proposal=proposal)
        for file in batch.files.all():
            taken = tom.post(reverse("rebalancing:batch_file", args=[batch.public_id, file.name]))
            assert taken.status_code == 200
        return list(batch.orders.select_related("account", "security").prefetch_related("lots"))

    def trades(self, day: date, *, among: tuple[str, ...] = ()) -> list[str]:
        """On a market day what was proposed is approved, released and executed. Returns whose it was."""
        self.is_at(day, 11)
        done = []
        for proposal in self.open_proposals():
            if among and proposal.household.code not in among:
                continue
            self.decides(proposal)
            orders = self.releases(proposal)
            self.custodians.executes(orders, day)
            self.enters(orders, day)
            done.append(proposal.household.code)
        return sorted(done)

    def enters(self, orders: list[Order], day: date) -> None:
        """Of the custodian whose files bring no trades, Tom types what its confirmations say."""
        for order in orders:
            if order.account.custodian == "schwab":
                price = self.custodians.market.price(order.security.symbol, day)
                self.does(
                    "Tom", "rebalancing:block_filled", order.block, price=price, reason="The confirmation."
                )


def review_at(address: str) -> Review:
    return Review.objects.get(public_id=address.rstrip("/").rsplit("/", 1)[-1])


def plain(answer: Any) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<(script|style|svg|head)\b.*?</\1>", " ", words_of(answer), flags=re.S)
    text = text.replace("&#x27;", "'").replace("&amp;", "&").replace("&quot;", '"')
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def shown(form: Any) -> dict[str, Any]:
    """What a form would send if nothing was changed."""
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False or value == "":
            continue
        if isinstance(value, (list, tuple)):
            sent[bound.html_name] = [str(one) for one in value]
            continue
        value = bound.field.prepare_value(value)
        sent[bound.html_name] = "on" if value is True else str(value)
    return sent


def _typed(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_typed(one) for one in value]
    if hasattr(value, "public_id"):
        return value.public_id
    if isinstance(value, io.BytesIO | SimpleUploadedFile | str):
        return value
    return str(value)


def _rewound(value: Any) -> Any:
    if hasattr(value, "seek"):
        value.seek(0)
    return value
