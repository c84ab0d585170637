"""An approval is explained to those who read its household's trail: on a page, on paper, as JSON, and by working it out again."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Household
from compliance.audit_trail import audit
from compliance.models import Approval, Review
from compliance.people.actors import Actor
from rebalancing import tasks
from rebalancing.evidence import packs
from rebalancing.models import Order, ReplayRun, Revision
from rebalancing.pages.explained import approval
from rebalancing.proposals import replay_runs
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.desk import Desk, on_record
from tests.pages import as_, page_of, words_of
from tests.rebalancing.client_reports import pdf_text

RECORD = "a taxable desk and the Harts"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

BADLY_NAMED = "=王小明 & عائلة 😀 #let x = 1 “quoted” </script> \u202e"


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    made.approve()
    return made


@pytest.fixture
def revision(desk: Desk) -> Revision:
    found: Revision = desk.proposal.revisions.select_related("proposal__household").get()
    return found


def url(revision: Revision, name: str = "explained") -> str:
    return reverse(f"rebalancing:{name}", args=[revision.proposal.public_id, revision.number])


def part(page: Any, name: str) -> Any:
    return next(one for one in page.parts if one.name == name)


def rows(page: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = part(page, name).as_document["rows"]
    return found


def taken(person: Any, revision: Revision) -> dict[str, bytes]:
    answer = as_(person).get(url(revision, "explained_pack"))
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def test_who_decided_what_and_how_they_were_signed_in(revision: Revision) -> None:
    page = page_of(as_(cast.cora()).get(url(revision)))

    (decision,) = rows(page, "decisions")
    given = Approval.objects.get(review=revision.review)
    assert page.verdict == "Approved by Rui"
    assert (decision["by"], decision["verdict"], decision["approval"], decision["fingerprint"]) == (
        "Rui",
        "Approved",
        given.public_id,
        revision.fingerprint,
    )
    assert decision["at"] == given.approved_at
    assert part(page, "documents").sentence.startswith("The documents and rows on record today are those")


def test_the_trades_are_those_of_the_stored_plan(revision: Revision) -> None:
    page = page_of(as_(cast.cora()).get(url(revision)))

    plan = json.loads(revision.plan_document)
    assert [
        (one["side"], one["security"], str(one["shares"].normalize())) for one in rows(page, "trades")
    ] == [(one["side"], one["security"], one["shares"]) for one in plan["orders"]]
    assert len(rows(page, "checks")) == revision.review.examinations.latest("pk").findings_count  # type: ignore[union-attr]


def test_a_gain_is_a_figure_of_taxed_sales_and_never_unknown_where_there_can_be_none(
    revision: Revision,
) -> None:
    page = page_of(as_(cast.cora()).get(url(revision)))

    told = {(one["side"], isinstance(one["gain"], Decimal)) for one in rows(page, "trades")}
    assert told == {("sell", True), ("buy", False)}
    assert {one["gain"] for one in rows(page, "trades") if one["side"] == "buy"} == {"not a sale"}
    gain = next(column for column in part(page, "trades").columns if column.name == "gain")
    assert [gain.words(value) for value in (Decimal(5), None, "not taxed")] == [
        "+$5.00",
        "unknown",
        "not taxed",
    ]


def test_orders_fills_and_letters_are_told_once_they_are_there(desk: Desk, revision: Revision) -> None:
    before = page_of(as_(cast.cora()).get(url(revision)))
    assert part(before, "orders").rows == ()
    assert part(before, "orders").none == "No order was released."

    from rebalancing.execution import orders as execution

    execution.release(desk.proposal, by=Actor.person(desk.tom), at=SUNDAY_NOON)
    page = page_of(as_(cast.cora()).get(url(revision)))

    assert [one["reference"] for one in rows(page, "orders")] == list(
        Order.objects.order_by("pk").values_list("reference", flat=True)
    )
    assert {one["placed_by"] for one in rows(page, "orders")} == {"Tom"}
    assert [one["stage"] for one in rows(page, "letters")] == ["Estimate"]


def test_opening_it_is_on_the_trail(revision: Revision) -> None:
    as_(cast.cora()).get(url(revision))

    event = audit.trail(about=revision.proposal).last()
    assert (event.action, event.actor_label, event.household_ref) == (
        "approval.explained",
        "Cora",
        revision.proposal.household.public_id,
    )


def test_the_proposal_the_approval_and_the_trail_lead_there(revision: Revision) -> None:
    cora = as_(cast.cora())
    decided = audit.trail(about=Review.objects.get(revision=revision)).filter(action="review.decided").get()

    for address in (
        reverse("rebalancing:proposal", args=[revision.proposal.public_id]),
        reverse("rebalancing:approval", args=[Approval.objects.get(review=revision.review).public_id]),
        reverse("compliance:audit_event", args=[decided.seq]),
        reverse("compliance:audit_list"),
    ):
        assert f'href="{url(revision)}"' in words_of(cora.get(address)), address


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("cora", 200),
        ("ana", 200),
        ("rui", 200),
        ("otto", 404),
        ("tom", 404),
        ("ada", 404),
        ("carl", 404),
        ("max_", 404),
    ],
)
def test_it_is_for_those_who_read_the_households_trail(revision: Revision, name: str, status: int) -> None:
    person = as_(getattr(cast, name)())

    assert person.get(url(revision)).status_code == status
    assert person.get(url(revision, "explained_pack")).status_code == status
    assert person.post(url(revision, "replay")).status_code == (302 if status == 200 else 404)


def test_what_nobody_has_decided_is_not_explained() -> None:
    open_one = on_record().propose().revisions.get()

    assert as_(cast.cora()).get(url(open_one)).status_code == 404
    page = words_of(as_(cast.cora()).get(reverse("rebalancing:proposal", args=[open_one.proposal.public_id])))
    assert "Explain this approval" not in page


@pytest.mark.parametrize("number", [0, 2, 99_999])
def test_a_revision_that_is_not_there_is_not_found(revision: Revision, number: int) -> None:
    address = reverse("rebalancing:explained", args=[revision.proposal.public_id, number])

    assert as_(cast.cora()).get(address).status_code == 404


# ── The pack ─────────────────────────────────────────────────────────────────────────────────────


def test_the_pack_holds_everything_and_checks_without_us(revision: Revision, tmp_path: Path) -> None:
    files = taken(cast.cora(), revision)

    assert files["household.json"].decode() == revision.household_document
    assert files["plan.json"].decode() == revision.plan_document
    told = json.loads(files["explanation.json"])
    assert (told["format"], told["fingerprint"]) == ("evenkeel-explanation-1", revision.fingerprint)
    trail = [json.loads(line) for line in files["trail.jsonl"].splitlines()]
    assert [(one["seq"], one["hash"]) for one in trail] == [
        (one["seq"], one["hash"]) for one in told["parts"]["trail"]["rows"]
    ]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    said = subprocess.run(
        [sys.executable, str(tmp_path / "verify_evenkeel.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout.split(":")[0]) == (0, "INTACT"), said.stdout


def test_the_trail_knows_which_pack_left(revision: Revision) -> None:
    import hashlib

    files = taken(cast.cora(), revision)

    event = audit.trail(about=revision.proposal).last()
    facts = json.loads(event.facts)
    assert (event.action, event.household_ref) == ("data.exported", revision.proposal.household.public_id)
    assert facts["manifest"] == hashlib.sha256(files["manifest.json"]).hexdigest()


def test_paper_says_what_the_page_says(revision: Revision) -> None:
    files = taken(cast.cora(), revision)
    page = page_of(as_(cast.cora()).get(url(revision)))

    paper = " ".join(pdf_text.text_of(files["explanation.pdf"]).split()).replace(" ", "")
    for one in page.parts:
        assert one.title.replace(" ", "") in paper, one.title
        if not one.rows:
            assert one.none.replace(" ", "") in paper
    assert "Approvedby" in paper
    for order in rows(page, "trades"):
        assert order["security"] in paper


def test_no_name_breaks_it(desk: Desk, revision: Revision) -> None:
    Household.objects.filter(pk=desk.household.pk).update(name=BADLY_NAMED)

    assert page_of(as_(cast.cora()).get(url(revision))).household_name == BADLY_NAMED
    files = taken(cast.cora(), revision)
    assert json.loads(files["explanation.json"])["household_name"] == BADLY_NAMED
    assert "王小明" in pdf_text.text_of(files["explanation.pdf"])


def test_the_same_value_gives_the_same_paper(revision: Revision) -> None:
    explained = approval.of(cast.cora(), revision, at=SUNDAY_NOON)

    assert packs.pdf_of(explained) == packs.pdf_of(approval.of(cast.cora(), revision, at=SUNDAY_NOON))


# ── Worked out again ─────────────────────────────────────────────────────────────────────────────


def test_a_small_household_is_worked_out_while_its_reader_waits(revision: Revision) -> None:
    answer = as_(cast.cora()).post(url(revision, "replay"), follow=True)

    page = page_of(answer)
    assert page.outcome.heading == "It comes out the same, to the cent"
    assert {line.is_same for line in page.outcome.lines} == {True}
    assert page.outcome.answered_by.startswith(
        f"Answered by engine {revision.engine_version}, the version that made it"
    )
    asked, outcome = audit.trail(about=revision.proposal).order_by("-seq")[:2][::-1]
    assert (asked.action, outcome.action) == ("proposal.replay_asked", "proposal.replayed")
    assert (asked.actor_label, outcome.actor_label) == ("Cora", "Cora")
    assert "It comes out the same, to the cent" in words_of(as_(cast.cora()).get(url(revision)))


def test_a_large_one_waits_for_a_worker_and_says_so(revision: Revision, monkeypatch: Any) -> None:
    monkeypatch.setattr(replay_runs, "AT_ONCE_LOTS", 0)
    cora = as_(cast.cora())

    waiting = cora.post(url(revision, "replay"), follow=True)
    assert "It waits for a worker" in words_of(waiting)
    again = cora.post(url(revision, "replay"), follow=True)
    assert again.redirect_chain == waiting.redirect_chain
    tasks.work_replays()
    tasks.work_replays()

    page = page_of(cora.get(waiting.redirect_chain[-1][0]))
    assert page.outcome.heading == "It comes out the same, to the cent"
    assert audit.trail(about=revision.proposal).filter(action="proposal.replayed").count() == 1


def test_what_no_worker_comes_to_an_end_with_is_given_up(revision: Revision, monkeypatch: Any) -> None:
    monkeypatch.setattr(replay_runs, "AT_ONCE_LOTS", 0)
    run = replay_runs.ask(revision, by=Actor.person(cast.cora()), at=SUNDAY_NOON)

    def dies(revision: Revision) -> None:
        raise ArithmeticError

    monkeypatch.setattr(replay_runs.replays, "of", dies)
    at = SUNDAY_NOON
    for _ in range(replay_runs.ATTEMPTS_MAX):
        with pytest.raises(ArithmeticError):
            replay_runs.answer(run, by=replay_runs.DESK, at=at)
        assert not replay_runs.answer(run, by=replay_runs.DESK, at=at), "the claim is still somebody's"
        at += replay_runs.LEASE + timedelta(seconds=1)
    assert replay_runs.answer(run, by=replay_runs.DESK, at=at)

    page = page_of(as_(cast.cora()).get(reverse("rebalancing:replay_run", args=[run.public_id])))
    assert page.outcome.heading == "It could not be worked out again"
    assert replay_runs.GIVEN_UP in page.outcome.sentence
    assert ReplayRun.objects.get().finished_at == at


def test_another_engine_says_that_it_answered(revision: Revision, monkeypatch: Any) -> None:
    from dataclasses import replace
    from decimal import Decimal

    from rebalancing.engine import proposing
    from rebalancing.proposals import engines

    propose = proposing.propose

    def another(household: Any, **options: Any) -> Any:
        plan = propose(household, **options)
        first = replace(plan.orders[0], amount=plan.orders[0].amount + Decimal("0.01"))
        return replace(plan, orders=(first, *plan.orders[1:]), versions=replace(plan.versions, engine="9.9"))

    monkeypatch.setattr(proposing, "propose", another)
    monkeypatch.setattr(engines.repricing, "repriced", lambda *_, **__: None)

    page = page_of(as_(cast.cora()).post(url(revision, "replay"), follow=True))

    assert page.outcome.heading == "1 value differs"
    name, version = f"{revision.proposal.public_id}/1", revision.engine_version
    assert page.outcome.answered_by == (
        f"Answered by engine 9.9: it was made with engine {revision.engine_version}, which does not run here. "
        f"A difference can come from that. {engines.how_to_ask(version, running='9.9', named=name)}"
    )
    assert [line.what.endswith(": amount") for line in page.outcome.lines if not line.is_same] == [True]


def test_a_replay_is_not_there_for_a_stranger(revision: Revision) -> None:
    run = replay_runs.ask(revision, by=Actor.person(cast.cora()), at=SUNDAY_NOON)
    address = reverse("rebalancing:replay_run", args=[run.public_id])

    assert as_(cast.otto()).get(address).status_code == 404
    assert as_(cast.ana()).get(address).status_code == 200
    assert as_(cast.cora()).post(address).status_code == 405
