"""Whoever edits a decided row, `verify_audit` names it; and the product's own role cannot.

Each line of `EDITS` is one kind of edit: a thing that was decided, and the columns that are changed behind the
product's back. The owner of the tables switches the triggers off first, which is what a superuser can do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from compliance.audit_trail import audit, privileges, seals
from compliance.models import Approval, ChangeRequest, Comment, RestrictedIssuer
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import the_firm
from tests.factories.decided_firm import a_decided_firm
from tests.factories.households import SET_UP
from tests.factories.the_firm import TheFirm
from tests.rebalancing.permissions.edits import EDITS, INSERTS, Edit


@pytest.fixture(scope="module")
def decided(django_db_setup: None, django_db_blocker: Any) -> Iterator[TheFirm]:
    """Built once for the module, its guards taken down as only the owner of the tables can."""
    from django.db import transaction

    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # type: ignore[attr-defined]
        with around:
            firm = a_decided_firm()
            run("SET CONSTRAINTS ALL IMMEDIATE")
            for table in sorted({kind.table for kind in seals.kinds().values()}):
                run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield firm
            transaction.set_rollback(True)


def run(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return int(cursor.rowcount)


FOUND: list[str] = []


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_an_edit_of_a_decided_row_is_named(edit: Edit, decided: TheFirm) -> None:
    with the_firm.undone():
        assert run(edit.sql) > 0, "the edit touches something"
        found = audit.verify()

        assert not found.is_intact
        assert any(edit.named in fault.thing for fault in found.faults), [str(one) for one in found.faults]
    FOUND.append(edit.what)


def test_the_count_of_edits_that_were_found(decided: TheFirm, capsys: pytest.CaptureFixture[str]) -> None:
    """38 kinds were asked for; this is how many there are, and how many were found in this run."""
    assert len(EDITS) >= 38
    assert len({edit.what for edit in EDITS}) == len(EDITS)
    started = time.monotonic()
    assert audit.verify().is_intact
    with capsys.disabled():
        print(
            f"\n{len(FOUND)} of {len(EDITS)} kinds of edits of decided rows found; "
            f"verified {audit.verify().sealed_count} decided things in {time.monotonic() - started:.2f} s"
        )


def test_what_was_recorded_and_what_stands_there_is_told(decided: TheFirm) -> None:
    with the_firm.undone():
        run("UPDATE compliance_approval SET approved_by_label = 'Max' WHERE subject_kind = 'proposal'")
        approval = Approval.objects.get(subject_kind="proposal")
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("verify_audit", stdout=out)

        assert f"approval {approval.public_id}, approved_by_label: recorded Rui, now Max (#" in out.getvalue()


def test_every_kind_seals_every_column_of_its_table_or_says_why_not() -> None:
    by_table: dict[str, set[str]] = {}
    for kind in seals.kinds().values():
        whole = {kind.whole.removeprefix("t.")} if kind.whole.startswith("t.") else set()
        by_table.setdefault(kind.table, set()).update(kind.columns, kind.open, whole)
    # Of a security only the decisions of people are sealed; files restate the rest every day.
    by_table.pop("clients_security")
    by_table.pop("clients_price")
    missing = {
        model._meta.db_table: columns - by_table[model._meta.db_table]
        for model in apps.get_models()
        if model._meta.db_table in by_table
        and (columns := {field.column for field in model._meta.concrete_fields})
        - by_table[model._meta.db_table]
    }
    of_a_whole = {"rebalancing_proposedlot", "rebalancing_orderlot", "clients_sleeve", "clients_sleevemember"}
    missing = {table: names - {"id"} for table, names in missing.items() if names - {"id"}}

    assert {table: names for table, names in missing.items() if table not in of_a_whole} == {}, (
        "A new column of a decided row: append it to its kind in sealed.py, or to `open` with the reason."
    )


def test_every_kind_has_something_to_edit(decided: TheFirm) -> None:
    """Each kind has at least one thing in this firm: an edit above would otherwise prove nothing."""
    sealed = {
        key.partition("/")[0]
        for event in audit.AuditEvent.objects.all()
        for key in seals.carried(event.facts)
    }

    # Files of batches from before there were releases: nothing writes them any more.
    assert sorted(seals.kinds().keys() - sealed - {"batch_files"}) == []
    assert ChangeRequest.objects.exists()
    assert Comment.objects.exists()
    assert RestrictedIssuer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_products_own_role_edits_and_adds_nothing(
    app_role_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    a_decided_firm()
    privileges.grant("evenkeel_app")
    tried = {edit.what: edit.sql for edit in EDITS if not edit.by_the_product} | INSERTS
    accepted, why = [], {}
    with psycopg.connect(app_role_url) as product:
        for what, sql in tried.items():
            try:
                with product.transaction(force_rollback=True):
                    if product.execute(sql).rowcount:
                        accepted.append(what)
                    else:
                        why[what] = "touched nothing"
            except psycopg.Error as error:
                why[what] = str(error).partition("\n")[0]

    assert accepted == []
    assert [what for what, reason in why.items() if reason == "touched nothing"] == []
    with capsys.disabled():
        print(f"\n{len(tried)} edits and insertions tried as the run-time role, {len(accepted)} accepted")


@pytest.mark.django_db
def test_an_upgrade_puts_what_was_there_on_the_trail_once() -> None:
    """A record of a version whose events carried no seals: after the upgrade every later edit shows too."""
    cast.rui()
    run("ALTER TABLE compliance_auditevent DISABLE TRIGGER USER")
    run("ALTER TABLE compliance_audithead DISABLE TRIGGER USER")
    run("DELETE FROM compliance_auditevent")
    run("DELETE FROM compliance_audithead")
    audit.record(audit.Action.USER_SIGNED_IN, about=audit.Ref("user", "1"), by=SET_UP, at=SUNDAY_NOON)
    assert [fault.recorded for fault in audit.verify().faults] == ["nothing: no event records it"]

    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=SUNDAY_NOON) == 1
    assert audit.verify().is_intact
    cast.rosa()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE advisory_rolegrant DISABLE TRIGGER USER")
    run(
        "INSERT INTO advisory_rolegrant (user_id, role, granted_at) SELECT max(id), 'trader', now() FROM advisory_user"
    )
    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=SUNDAY_NOON) == 0

    assert not audit.verify().is_intact


def test_what_is_sealed_anew_with_each_change_may_be_changed_by_the_product() -> None:
    """The runtime role writes these tables; as sealed rows that never change they were insert-only."""
    restated = {kind.table for kind in seals.kinds().values() if kind.restated}

    assert restated == {"clients_bookentry", "clients_taxprofile"}
    assert all(set(privileges.rights_on(table)) >= {"UPDATE", "DELETE"} for table in restated)
    assert not restated & privileges.add_only()
