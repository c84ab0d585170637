from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from advisory.models import User
from compliance.audit_trail import audit, privileges
from compliance.digests import canonical
from compliance.models import AuditEvent
from tests.clock import MONDAY_NOON
from tests.factories.reviews import an_open_review

HOUSEHOLD = audit.Ref("household", "hh_alder", "hh_alder")


def write(number: int = 1, *, about: audit.Ref = HOUSEHOLD, at: datetime = MONDAY_NOON) -> AuditEvent:
    with transaction.atomic():
        return audit.record(
            audit.Action.HOUSEHOLD_CHANGED, about=about, by=audit.Actor.system("load"), at=at, number=number
        )


@pytest.mark.django_db
def test_an_event_says_who_did_what_to_what_and_is_what_was_stored(ana: User) -> None:
    by = audit.Actor.person(ana, session_ref="s1", mfa_method="password+totp", request_id="req-12345")
    with transaction.atomic():
        event = audit.record(
            audit.Action.HOLD_PLACED,
            about=HOUSEHOLD,
            by=by,
            at=MONDAY_NOON,
            amount=Decimal("100000.00"),
            why="\n:,é",
        )

    stored = AuditEvent.objects.latest("seq")
    assert {name: getattr(stored, name) for name in COLUMNS} == {
        name: getattr(event, name) for name in COLUMNS
    }
    assert (stored.action, stored.person_ref, stored.roles, stored.mfa_method, stored.household_ref) == (
        "hold.placed",
        str(ana.pk),
        "advisor",
        "password+totp",
        "hh_alder",
    )
    assert stored.facts == '{"amount":"100000","why":"\\n:,é"}'
    assert stored.stated_at == MONDAY_NOON
    assert stored.occurred_at != MONDAY_NOON  # The database's own clock.


COLUMNS = [field.attname for field in AuditEvent._meta.concrete_fields]


@pytest.mark.django_db
def test_events_follow_each_other_without_a_gap() -> None:
    events = [write(number) for number in range(5)]

    assert [event.seq for event in events] == [1, 2, 3, 4, 5]
    assert [event.prev_hash for event in events] == ["0" * 64, *(event.hash for event in events[:-1])]
    assert audit.verify() == audit.Verification(5, 5, events[-1].hash, 0, None)


@pytest.mark.django_db
def test_an_empty_trail_is_intact() -> None:
    assert audit.verify().is_intact


@pytest.mark.django_db
def test_the_trail_of_a_thing_holds_its_events_and_no_others() -> None:
    mine, other = write(1), write(2, about=audit.Ref("account", "ac_1"))

    assert list(audit.trail(about=HOUSEHOLD)) == [mine]
    assert list(audit.trail(about=[HOUSEHOLD, audit.Ref("account", "ac_1")])) == [mine, other]


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_takes_its_line_with_it() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)

    assert not AuditEvent.objects.exists()
    assert write().seq == 1


@pytest.mark.django_db(transaction=True)
def test_a_line_without_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"transaction\.atomic"):
        audit.record(audit.Action.FILE_LOADED, about=HOUSEHOLD, by=audit.Actor.system("load"), at=MONDAY_NOON)


@pytest.mark.django_db
def test_a_float_among_the_facts_is_refused() -> None:
    with pytest.raises(canonical.NotCanonical, match=r"value\.weight"), transaction.atomic():
        audit.record(
            audit.Action.FILE_LOADED,
            about=HOUSEHOLD,
            by=audit.Actor.system("load"),
            at=MONDAY_NOON,
            weight=0.1,
        )


STATEMENTS = {
    "INSERT": (
        "INSERT INTO compliance_auditevent SELECT seq + 1, occurred_at, stated_at, action, actor_kind, person_ref,"
        " actor_label, roles, session_ref, mfa_method, request_id, about_kind, about_id, household_ref, facts,"
        " hash, md5('x') || md5('y') FROM compliance_auditevent"
    ),
    "UPDATE": "UPDATE compliance_auditevent SET facts = '{}'",
    "DELETE": "DELETE FROM compliance_auditevent",
    "TRUNCATE": "TRUNCATE compliance_auditevent",
    "UPDATE of the head": "UPDATE compliance_audithead SET seq = 0",
    "TRUNCATE of the head": "TRUNCATE compliance_audithead",
    "DELETE of approvals": "DELETE FROM compliance_approval",
    "UPDATE of decisions": "UPDATE compliance_decision SET text = 'x'",
    "TRUNCATE of consents": "TRUNCATE compliance_consent",
    "DELETE of reviews": "DELETE FROM compliance_review",
    "switching the triggers off": "ALTER TABLE compliance_auditevent DISABLE TRIGGER ALL",
    "replica role": "SET session_replication_role = replica",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", STATEMENTS)
def test_the_running_products_own_role_cannot_rewrite_history(name: str, app_role_url: str) -> None:
    call_command("grant_privileges", role="evenkeel_app", verbosity=0)
    write()

    with psycopg.connect(app_role_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(STATEMENTS[name])

    assert audit.verify().events_count == 1


@pytest.mark.django_db(transaction=True)
def test_the_running_products_own_role_appends_through_the_function(app_role_url: str) -> None:
    privileges.grant("evenkeel_app")
    write()
    texts = ["file.loaded", "system", "", "load", "", "", "", "", "file", "f_1", "", "{}"]

    with psycopg.connect(app_role_url) as app:
        app.execute(
            "SELECT compliance_audit_append(%s, " + ", ".join(["%s::text"] * len(texts)) + ")",
            [MONDAY_NOON, *texts],
        )

    assert audit.verify().events_count == 2
    assert audit.verify().is_intact


@pytest.mark.django_db(transaction=True)
def test_granting_twice_gives_the_same_rights(app_role_url: str) -> None:
    once = privileges.grant("evenkeel_app")

    assert privileges.grant("evenkeel_app") == once
    assert once.writable > 10
    assert (once.add_only, once.warning) == (len(privileges.add_only()), "")


@pytest.mark.django_db
def test_an_owner_that_is_also_the_runtime_role_gets_a_warning() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]

    assert "only the triggers" in privileges.grant(owner).warning


@pytest.mark.django_db
def test_a_missing_role_is_named() -> None:
    with pytest.raises(privileges.NoSuchRole, match="nobody_here"):
        privileges.grant("nobody_here")


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["compliance_auditevent", *sorted(privileges.ADD_ONLY)])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_triggers_refuse_even_the_owner(table: str, statement: str) -> None:
    column = "seq" if table == "compliance_auditevent" else "id"
    sql = statement.format(table, column, column)

    with (
        pytest.raises(DatabaseError, match="only ever added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compliance_audithead SET seq = 0, hash = repeat('0', 64)",
        "UPDATE compliance_audithead SET seq = seq + 1",
        "DELETE FROM compliance_audithead",
        "TRUNCATE compliance_audithead",
    ],
)
def test_the_head_only_moves_forward(statement: str) -> None:
    write()

    with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_everybody_reads_their_own_acts_and_compliance_reads_all(ana: User, cora: User, carl: User) -> None:
    an_open_review(ana)
    write(about=audit.Ref("household", "hh_other", "hh_other"))
    theirs = AuditEvent.objects.filter(person_ref=str(ana.pk))

    assert list(audit.events_for(ana)) == list(theirs)
    assert audit.events_for(ana, household_refs=["hh_other"]).count() == 2
    assert audit.events_for(cora).count() == AuditEvent.objects.count()
    assert not audit.events_for(carl).exists()


@pytest.mark.django_db
def test_what_comes_first_but_is_known_last_is_appended_before_the_rest() -> None:
    with transaction.atomic(), audit.lines_last(first=lambda: write(1)), audit.lines_last():
        write(2)
        write(3)

    facts = AuditEvent.objects.filter(about_id=HOUSEHOLD.id).order_by("seq").values_list("facts", flat=True)
    assert list(facts) == [f'{{"number":{number}}}' for number in (1, 2, 3)]
