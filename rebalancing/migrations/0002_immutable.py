"""Readings, revisions, orders and letters are history: the database refuses to change them."""

from __future__ import annotations

from django.db import migrations

# Table, and the columns that may still change: a state, or a link that is filled in once.
TABLES = {
    "rebalancing_reading": (),
    "rebalancing_revision": ("review_id",),
    "rebalancing_proposedorder": (),
    "rebalancing_proposedlot": (),
    "rebalancing_skippedtrade": (),
    "rebalancing_frontierpoint": (),
    "rebalancing_orderbatch": ("state",),
    "rebalancing_order": ("state",),
    "rebalancing_orderlot": (),
    "rebalancing_batchfile": ("content",),  # Written anew under a new key; the digest beside it never changes.
    "rebalancing_clientsummary": (),
    "rebalancing_letter": (),
}

FUNCTION = """
CREATE FUNCTION rebalancing_history_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is history and never changes', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def trigger(table: str, changeable: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{column}'" for column in changeable)
    return (
        f"CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION rebalancing_history_stays({listed});"
    )


class Migration(migrations.Migration):
    dependencies = (("rebalancing", "0001_initial"),)
    operations = (
        migrations.RunSQL(
            FUNCTION + "".join(trigger(table, columns) for table, columns in TABLES.items()),
            "".join(f"DROP TRIGGER history_stays ON {table};" for table in TABLES)
            + "DROP FUNCTION rebalancing_history_stays;",
        ),
    )
