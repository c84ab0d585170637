"""How a row ended is written once: who ended it, when and why stay as they were, whoever asks the database.

The verbs never end anything twice; this says it to the product's own database role too.
"""

from __future__ import annotations

from django.db import migrations

ENDED = ("ended_at", "ended_by_id", "end_reason")
# Table, the columns of which any says that it has ended, and what is written with them. A correction of a lot that a
# custodian's file has taken over may be taken up again with the undoing of that file.
ENDS = (
    ("accountbinding", "ended_at", ENDED),
    ("arrangedtrade", "ended_at", ENDED),
    ("basiselection", "ended_at", (*ENDED, "ends_on", "is_revoked")),
    (
        "cashflow",
        "done_on cancelled_at",
        ("done_on", "done_by_id", "cancelled_at", "cancelled_by_id", "cancel_reason"),
    ),
    ("cashflowrule", "ended_at", ENDED),
    ("clientrestriction", "cancelled_at", ("cancelled_at", "cancelled_by_id", "cancel_reason")),
    ("clientrestriction", "expired_at", ("expired_at",)),
    ("corporateaction", "ended_at", ENDED),
    ("coverage", "ended_at", ("ended_at", "ended_by_id")),
    ("custodianfile", "undone_at", ("undone_at", "undone_by_id", "undone_reason")),
    ("distributionfigure", "ended_at", ENDED),
    ("distributionterms", "ended_at", ENDED),
    ("employerplan", "retired_at", ("retired_at", "retired_by_id", "retire_reason")),
    ("estimatedtax", "ended_at", ENDED),
    ("funddistribution", "ended_at", ENDED),
    ("fundtradingpolicy", "ended_at", ENDED),
    ("hold", "lifted_at", ("lifted_at", "lifted_by_id", "lift_reason")),
    ("hold", "expired_at", ("expired_at",)),
    ("insider", "ended_at", ENDED),
    ("insiderwindow", "ended_at", ENDED),
    (
        "lifeevent",
        "resolved_on cancelled_at",
        ("resolved_on", "resolved_by_id", "resolution", "cancelled_at", "cancelled_by_id", "cancel_reason"),
    ),
    ("lotorigin", "ended_at", ENDED),
    ("outsideaccount", "ended_at", ENDED),
    ("planaccount", "ended_at", ENDED),
    ("planfund", "ended_at", ENDED),
    ("productapproval", "ended_at", ENDED),
    ("quote", "ended_at", ENDED),
    ("statedgains", "ended_at", ENDED),
    ("tradinghalt", "ended_at", ENDED),
    ("volatilitylevel", "ended_at", ENDED),
)


def guard(table: str, ends: str, columns: tuple[str, ...]) -> str:
    name = f"{ends.split()[0]}_stays"
    has_ended = " OR ".join(f"OLD.{column} IS NOT NULL" for column in ends.split())
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return (
        f"CREATE TRIGGER {name} BEFORE UPDATE ON clients_{table} FOR EACH ROW"
        f" WHEN (({has_ended}) AND ROW({before}) IS DISTINCT FROM ROW({after}))"
        " EXECUTE FUNCTION compliance_refuse_change();"
        f"ALTER TABLE clients_{table} ENABLE ALWAYS TRIGGER {name};"
    )


class Migration(migrations.Migration):
    dependencies = (("clients", "0039_lots_without_basis"), ("compliance", "0009_saved_views"))
    operations = (
        migrations.RunSQL(
            "".join(guard(*one) for one in ENDS),
            "".join(f"DROP TRIGGER {ends.split()[0]}_stays ON clients_{table};" for table, ends, _ in ENDS),
        ),
    )
