"""What classes, models, transfers and workbooks are is sealed on the trail: since when a class is decided is kept with it.

A model's name and code, and a workbook as it was received, never change; how a transfer ended is written once. Classes
that somebody decided before are those of which the trail tells.
"""

from __future__ import annotations

from django.db import migrations, models

MODEL = ("public_id", "code", "name", "description")
BOOK = ("public_id", "sha256", "name", "size", "channel", "received_at", "received_by_id")
ENDED = ("ended_at", "ended_by_id", "end_reason")
ENTERED = ("public_id", "entered_by_id", "entered_at")


def guard(table: str, name: str, columns: tuple[str, ...], *, once: str = "") -> str:
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    when = f"{f'OLD.{once} IS NOT NULL AND ' if once else ''}ROW({before}) IS DISTINCT FROM ROW({after})"
    return (
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when})"
        " EXECUTE FUNCTION compliance_refuse_change();"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};"
    )


GUARDS = (
    ("clients_modelportfolio", "name_stays", MODEL, ""),
    ("clients_modelportfolio", "retired_stays", ("retired_at",), "retired_at"),
    ("clients_workbook", "received_stays", BOOK, ""),
    ("clients_transfer", "entered_stays", ENTERED, ""),
    ("clients_transfer", "ended_at_stays", ENDED, "ended_at"),
)
DECIDED = (
    "UPDATE clients_assetclass AS c SET decided_at = e.last FROM (SELECT about_id, max(occurred_at) AS last"
    " FROM compliance_auditevent WHERE about_kind = 'assetclass' GROUP BY about_id) AS e WHERE e.about_id = c.code;"
)


class Migration(migrations.Migration):
    dependencies = (("clients", "0040_ended_stays_ended"), ("compliance", "0011_examiners"))
    operations = (
        migrations.AddField(
            model_name="assetclass",
            name="decided_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When somebody last decided any of this; empty: as a file first named it.",
                null=True,
            ),
        ),
        migrations.RunSQL(DECIDED, migrations.RunSQL.noop),
        migrations.RunSQL(
            "".join(guard(table, name, columns, once=once) for table, name, columns, once in GUARDS),
            "".join(f"DROP TRIGGER {name} ON {table};" for table, name, _, _ in GUARDS),
        ),
    )
