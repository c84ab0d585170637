"""One clock for decisions and for the trail: what stamps an audit event is what `clock.now()` reads.

The function adds nothing to the database's clock. Where the settings allow it (tests and demonstrations), the
owner replaces it by one that runs so many days ahead; the run-time role cannot.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ARGUMENTS = "timestamptz, text, text, text, text, text, text, text, text, text, text, text, text"

NOW = """
CREATE OR REPLACE FUNCTION {schema}.compliance_now() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT clock_timestamp() + make_interval(hours => 0) $$;
"""


def _schema(editor: BaseDatabaseSchemaEditor) -> str:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        return str(cursor.fetchone()[0])


def _stamp_with(editor: BaseDatabaseSchemaEditor, old: str, new: str) -> None:
    """Replace the one line of the appending function that asks the time; everything else in it stays."""
    with editor.connection.cursor() as cursor:
        name = f"{_schema(editor)}.compliance_audit_append({ARGUMENTS})"
        cursor.execute("SELECT pg_get_functiondef(%s::regprocedure)", [name])
        text = str(cursor.fetchone()[0])
    if text.count(old) != 1:
        raise RuntimeError(
            f"compliance_audit_append is not as the migrations left it: {old!r} is in it {text.count(old)} times. "
            "Compare it with compliance/migrations/0002_guards.py and restore it before going on."
        )
    editor.execute(text.replace(old, new), params=None)


def one_clock(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    schema = _schema(editor)
    editor.execute(NOW.replace("{schema}", schema), params=None)
    _stamp_with(editor, "v_now := clock_timestamp();", f"v_now := {schema}.compliance_now();")


def two_clocks(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    schema = _schema(editor)
    _stamp_with(editor, f"v_now := {schema}.compliance_now();", "v_now := clock_timestamp();")
    editor.execute(f"DROP FUNCTION {schema}.compliance_now()", params=None)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0004_actions_are_asked_when_needed")]
    operations = [migrations.RunPython(one_clock, two_clocks)]
