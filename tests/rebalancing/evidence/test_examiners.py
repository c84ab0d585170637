"""An examiner is let in to one client or one period, reads, changes nothing, and is seen; compliance opens, changes and ends it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from advisory.models import User
from advisory.people import roles
from compliance import examiners
from compliance.audit_trail import audit
from compliance.models import AuditEvent, ExaminerAccess
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed
from rebalancing.models import Revision
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.at_doors import acted
from tests.factories.desk import Desk, on_record
from tests.pages import as_, page_of, words_of

RECORD = "a taxable desk and the Harts"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

LAST_DAY = date(2026, 12, 31)
TERMS: dict[str, Any] = {
    "since_on": None,
    "until_on": None,
    "ends_on": LAST_DAY,
    "reason": "Examination 2026-114 of the regional office.",
}


@pytest.fixture
def desk() -> Desk:
    made = on_record()
    made.approve()
    return made


@pytest.fixture
def revision(desk: Desk) -> Revision:
    found: Revision = desk.proposal.revisions.select_related("proposal__household").get()
    return found


@pytest.fixture
def eve() -> User:
    found: User = cast.eve()
    return found


def let_in(eve: User, household: str, **terms: Any) -> ExaminerAccess:
    found = examiners.open_access(
        eve.pk,
        household_ref=household,
        **{**TERMS, **terms},
        by=Actor.person(cast.cora()),
        at=SUNDAY_NOON,
    )
    eve.forget_roles()
    return found


def explained(revision: Revision) -> str:
    return reverse("rebalancing:explained", args=[revision.proposal.public_id, revision.number])


def records(person: User, access: ExaminerAccess) -> dict[str, bytes]:
    answer = as_(person).get(reverse("rebalancing:examination_records", args=[access.public_id]))
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def lines(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"{name}.jsonl"].splitlines()]


# ── What is shown ────────────────────────────────────────────────────────────────────────────────


def test_an_examiner_of_one_client_reads_its_decisions_and_nobody_elses(
    desk: Desk, revision: Revision, eve: User
) -> None:
    other = let_in(cast.someone("Otis"), "hh_nobody")
    access = let_in(eve, desk.household.public_id)
    browser = as_(eve)

    home = browser.get("/", follow=True)
    assert [row.scope for row in page_of(home).rows] == [f"{desk.household.name}, all there is on record"]
    page = page_of(browser.get(reverse("rebalancing:examination", args=[access.public_id])))
    assert [row.url for row in page.decisions] == [explained(revision)]
    shown = page_of(browser.get(explained(revision)))
    assert (shown.proposal_url, shown.replay_url) == ("", "")
    assert browser.get(reverse("rebalancing:examination", args=[other.public_id])).status_code == 404
    assert as_(other.examiner).get(explained(revision)).status_code == 404


@pytest.mark.parametrize(
    ("since_on", "until_on", "status"),
    [
        (date(2026, 11, 22), date(2026, 11, 22), 200),
        (date(2026, 11, 1), date(2026, 11, 21), 404),
        (date(2026, 11, 23), date(2026, 12, 31), 404),
    ],
)
def test_a_period_shows_what_was_decided_in_it(
    revision: Revision, eve: User, since_on: date, until_on: date, status: int
) -> None:
    let_in(eve, "", since_on=since_on, until_on=until_on)

    assert as_(eve).get(explained(revision)).status_code == status


def test_the_trail_is_that_of_the_client(desk: Desk, eve: User) -> None:
    let_in(eve, desk.household.public_id)

    page = page_of(as_(eve).get(reverse("compliance:audit_list")))

    shown = {AuditEvent.objects.get(seq=row.seq).household_ref for row in page.rows}
    assert shown == {desk.household.public_id}


@pytest.mark.parametrize(
    "name",
    [
        "clients:household_list",
        "rebalancing:blotter",
        "compliance:queue",
        "advisory:person_list",
    ],
)
def test_the_desk_is_not_theirs(eve: User, desk: Desk, name: str) -> None:
    let_in(eve, desk.household.public_id)

    assert as_(eve).get(reverse(name)).status_code in {403, 404}
    assert desk.household.name not in words_of(as_(eve).get(reverse("rebalancing:proposal_list")))


# ── Nothing is changed, everything is seen ───────────────────────────────────────────────────────


def test_every_post_is_refused_and_on_the_trail(desk: Desk, revision: Revision, eve: User) -> None:
    access = let_in(eve, desk.household.public_id)
    proposal = desk.proposal.public_id
    browser = as_(eve)

    for address in (
        reverse("rebalancing:replay", args=[proposal, revision.number]),
        reverse("rebalancing:withdraw", args=[proposal]),
        reverse("compliance:verify"),
        reverse("compliance:view_save"),
        reverse("advisory:examiner_end", args=[access.public_id]),
        f"/api/v1/proposals/{proposal}/withdraw/",
    ):
        answer = browser.post(address, {"reason": "x"})
        assert answer.status_code == 403, address
        event = AuditEvent.objects.newest_first().first()
        facts = json.loads(event.facts)
        assert (event.action, facts["method"], facts["path"], facts["status"]) == (
            "examiner.read",
            "POST",
            address,
            403,
        )
    assert ExaminerAccess.objects.get(pk=access.pk).ended_at is None


def test_every_page_they_ask_for_is_on_the_trail(desk: Desk, revision: Revision, eve: User) -> None:
    access = let_in(eve, desk.household.public_id)

    asked = [explained(revision), reverse("compliance:audit_list"), "/households/", "/no-such-page/"]
    for address in asked:
        as_(eve).get(address)

    reads = AuditEvent.objects.filter(action="examiner.read").order_by("seq")
    assert [json.loads(one.facts)["path"] for one in reads] == asked
    assert {(one.about_id, one.household_ref, one.actor_label) for one in reads} == {
        (access.public_id, desk.household.public_id, "Eve")
    }


def test_it_ends_by_itself_and_at_once_when_it_is_ended(desk: Desk, revision: Revision, eve: User) -> None:
    access = let_in(eve, desk.household.public_id)
    browser = as_(eve)
    assert browser.get(explained(revision)).status_code == 200

    set_clock(SUNDAY_NOON + timedelta(days=60))
    assert browser.get(explained(revision)).status_code == 404
    set_clock(SUNDAY_NOON)
    assert browser.get(explained(revision)).status_code == 200
    examiners.end(access, reason="Closed without findings.", by=Actor.person(cast.cora()), at=SUNDAY_NOON)

    assert browser.get(explained(revision)).status_code == 404
    eve = User.objects.get(pk=eve.pk)
    assert eve.role_names == frozenset()


# ── The books and records ────────────────────────────────────────────────────────────────────────


def test_the_books_and_records_of_a_client(desk: Desk, revision: Revision, eve: User, tmp_path: Path) -> None:
    from rebalancing.execution import orders

    orders.release(desk.proposal, by=Actor.person(desk.tom), at=SUNDAY_NOON)
    access = let_in(eve, desk.household.public_id)

    files = records(eve, access)

    named = f"{desk.proposal.public_id}-{revision.number}"
    assert files[f"{named}-household.json"].decode() == revision.household_document
    assert files[f"{named}-plan.json"].decode() == revision.plan_document
    assert {one["household_public_id"] for one in lines(files, "proposals")} == {desk.household.public_id}
    assert [one["decided_by_label"] for one in lines(files, "decisions")] == ["Rui"]
    assert {one["placed_by_name"] for one in lines(files, "orders")} == {"Tom"}
    assert {one["household_ref"] for one in lines(files, "trail")} == {desk.household.public_id}
    assert [one["household_public_id"] for one in lines(files, "policies")] == [desk.household.public_id]
    assert "Hart" not in b"".join(files.values()).decode("latin-1")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    said = subprocess.run(
        [sys.executable, str(tmp_path / "verify_evenkeel.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout
    taken = AuditEvent.objects.filter(action="data.exported").latest("seq")
    assert (taken.about_id, taken.household_ref) == (access.public_id, desk.household.public_id)


def test_a_period_in_which_nothing_happened_has_none(desk: Desk, eve: User) -> None:
    access = let_in(eve, "", since_on=date(2020, 1, 1), until_on=date(2020, 12, 31))

    files = records(eve, access)

    empty = ("proposals", "revisions", "decisions", "orders", "fills", "trades", "summaries", "trail")
    assert {name: lines(files, name) for name in empty} == {name: [] for name in empty}


# ── Opened, changed and ended by compliance ──────────────────────────────────────────────────────


def typed(**more: Any) -> dict[str, Any]:
    return {
        "email": "eve@examiners.example",
        "name": "Eve 王 Ωmega",
        "household": "",
        "since_on": "2026-01-01",
        "until_on": "2026-12-31",
        "ends_on": "2026-12-31",
        "reason": "Examination 2026-114.",
        **more,
    }


def test_compliance_lets_an_examiner_in(desk: Desk) -> None:
    answer = acted(
        cast.cora(), reverse("advisory:examiner_open"), **typed(household=desk.household.public_id)
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]

    made = ExaminerAccess.objects.get()
    assert (made.examiner.name, made.examiner.is_active, made.household_ref) == (
        "Eve 王 Ωmega",
        False,
        desk.household.public_id,
    )
    event = audit.trail(about=made).get()
    assert (event.action, event.actor_label) == ("examiner.admitted", "Cora")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": " "}, "An access needs a reason."),
        ({"household": ""}, "An access is for one client or for a period."),
        ({"since_on": date(2026, 2, 1), "until_on": date(2026, 1, 1)}, "The period ends before it begins."),
        ({"ends_on": date(2026, 11, 21)}, "The last day is over already."),
        ({"ends_on": date(2027, 11, 21)}, "An access stands for 180 days at most."),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    desk: Desk, eve: User, wrong: dict[str, Any], sentence: str
) -> None:
    terms = {"household": desk.household.public_id, **wrong}

    with pytest.raises(BadInput, match=sentence.replace(".", r"\.")):
        let_in(eve, terms.pop("household"), **terms)
    assert not ExaminerAccess.objects.exists()


def test_a_change_keeps_the_former_terms(desk: Desk, eve: User) -> None:
    access = let_in(eve, desk.household.public_id)
    cora = Actor.person(cast.cora())
    shorter = {**TERMS, "ends_on": date(2026, 12, 1), "since_on": date(2026, 6, 1), "reason": "Narrowed."}

    changed = examiners.change(access, **shorter, by=cora, at=SUNDAY_NOON)

    access.refresh_from_db()
    assert (access.ended_at, changed.replaces_id, changed.ends_on) == (
        SUNDAY_NOON,
        access.pk,
        date(2026, 12, 1),
    )
    facts = json.loads(audit.trail(about=changed).get().facts)
    assert facts["changed"] == {
        "ends_on": {"before": "2026-12-31", "after": "2026-12-01"},
        "since_on": {"before": None, "after": "2026-06-01"},
    }
    with pytest.raises(BadInput, match="These are the terms it has"):
        examiners.change(changed, **shorter, by=cora, at=SUNDAY_NOON)
    with pytest.raises(Conflict, match="This access is over"):
        examiners.end(access, reason="Again.", by=cora, at=SUNDAY_NOON)
    assert audit.verify().is_intact


@pytest.mark.parametrize("name", ["ana", "rui", "tom", "ada"])
def test_only_compliance_lets_anybody_in(desk: Desk, eve: User, name: str) -> None:
    with pytest.raises(NotAllowed, match="Only compliance"):
        examiners.open_access(
            eve.pk,
            household_ref=desk.household.public_id,
            **TERMS,
            by=Actor.person(getattr(cast, name)()),
            at=SUNDAY_NOON,
        )
    assert as_(getattr(cast, name)()).get(reverse("rebalancing:examinations")).status_code == 403


def test_compliance_examines_nobody_by_itself_and_a_colleague_is_no_examiner(desk: Desk) -> None:
    from advisory.people import examiners as admitting

    cora = cast.cora()
    with pytest.raises(NotAllowed, match="for themselves"):
        let_in(cora, desk.household.public_id)
    with pytest.raises(BadInput, match="works here or is a client"):
        admitting.admit(
            cast.ana().email,
            name="Ana",
            household_ref=desk.household.public_id,
            **TERMS,
            by=Actor.person(cora),
            at=SUNDAY_NOON,
        )


def test_the_role_cannot_be_granted() -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        roles.grant(cast.max_(), Role.EXAMINER, by=cast.ada(), at=SUNDAY_NOON)


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.CLIENT, Role.ADMINISTRATOR])
def test_nobody_is_granted_a_role_while_they_examine_the_firm(desk: Desk, eve: User, role: Role) -> None:
    access = let_in(eve, desk.household.public_id)

    with pytest.raises(Conflict, match="examines the firm until December 31, 2026"):
        roles.grant(eve, role, by=cast.ada(), at=SUNDAY_NOON)
    assert roles.granted_to(eve) == frozenset()

    examiners.end(access, reason="It is over.", by=Actor.person(cast.cora()), at=SUNDAY_NOON)
    roles.grant(eve, role, by=cast.ada(), at=SUNDAY_NOON)
    assert roles.granted_to(eve) == {role}


def test_what_an_access_was_is_never_rewritten(desk: Desk, eve: User) -> None:
    from django.db import IntegrityError, transaction

    access = let_in(eve, desk.household.public_id)
    for change in ({"household_ref": ""}, {"ends_on": date(2030, 1, 1)}, {"examiner": cast.max_()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExaminerAccess.objects.filter(pk=access.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        access.delete()


def test_the_page_for_compliance_names_both(desk: Desk, eve: User) -> None:
    access = let_in(eve, desk.household.public_id)

    said = words_of(as_(cast.cora()).get(reverse("rebalancing:examinations")))
    assert "Eve" in said
    assert desk.household.name in said
    page = page_of(as_(cast.cora()).get(reverse("rebalancing:examination", args=[access.public_id])))
    assert page.change_url
    assert page.end_url
