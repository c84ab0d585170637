"""How a row ended is written once, also for the product's own database role. See clients 0040."""

from __future__ import annotations

from django.db import migrations

ENDS = (
    ("acknowledgement", "withdrawn_at", ("withdrawn_at", "withdrawn_by_id", "withdraw_reason")),
    ("break", "ended_at", ("ending", "ended_at", "ended_by_id", "end_reason")),
    ("holdoverride", "ended_at", ("ended_at", "ended_by_id", "end_reason")),
    (
        "tradeerror",
        "approved_at",
        ("approved_at", "approved_by_id", "correction", "effect", "corrected_by_id"),
    ),
    ("tradingstop", "lifted_at", ("lifted_at", "lifted_by_id", "lift_reason")),
)


def guard(table: str, ends: str, columns: tuple[str, ...]) -> str:
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return (
        f"CREATE TRIGGER {ends}_stays BEFORE UPDATE ON rebalancing_{table} FOR EACH ROW"
        f" WHEN (OLD.{ends} IS NOT NULL AND ROW({before}) IS DISTINCT FROM ROW({after}))"
        " EXECUTE FUNCTION compliance_refuse_change();"
        f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER {ends}_stays;"
    )


class Migration(migrations.Migration):
    dependencies = (("rebalancing", "0028_latest_readings"), ("compliance", "0009_saved_views"))
    operations = (
        migrations.RunSQL(
            "".join(guard(*one) for one in ENDS),
            "".join(f"DROP TRIGGER {ends}_stays ON rebalancing_{table};" for table, ends, _ in ENDS),
        ),
    )
