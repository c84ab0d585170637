"""Received files keep their name and sender, entered facts keep what was entered, and replica mode skips no guard."""

from __future__ import annotations

from django.db import migrations

WOKEN = {
    "clients_policy": "settled_row_stays",
    "clients_policytarget": "policy_part_stays",
    "clients_policyrestriction": "policy_part_stays",
    "clients_modelclass": "model_part_stays",
    "clients_sleeve": "model_part_stays",
    "clients_sleevemember": "model_part_stays",
    "clients_custodianfile": "file_bytes_stay",
    "clients_modelversion": "settled_row_stays",
}
# Table, and the columns that are filled in later.
ENTERED = {
    "clients_hold": ("lifted_at", "lifted_by_id"),
    "clients_cashflow": ("done_on", "cancelled_at"),
    "clients_lifeevent": ("resolved_on",),
}

FUNCTIONS = """
CREATE OR REPLACE FUNCTION clients_file_bytes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The content may be written anew under a new key; whether it is still what came, its digest tells the reader.
    IF TG_OP = 'DELETE'
        OR (NEW.sha256, NEW.public_id, NEW.name, NEW.size, NEW.channel, NEW.received_at, NEW.received_by_id)
        IS DISTINCT FROM
        (OLD.sha256, OLD.public_id, OLD.name, OLD.size, OLD.channel, OLD.received_at, OLD.received_by_id) THEN
        RAISE EXCEPTION 'custodian file % is kept as it came', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION clients_entered_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % stays as it was entered', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def entered(table: str, columns: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{column}'" for column in columns)
    return (
        f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({listed});"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays;"
    )


class Migration(migrations.Migration):
    dependencies = (("clients", "0006_prices_and_symbols"),)
    operations = (
        migrations.RunSQL(
            FUNCTIONS
            + "".join(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};" for table, name in WOKEN.items())
            + "".join(entered(table, columns) for table, columns in ENTERED.items()),
            "DROP FUNCTION clients_entered_stays CASCADE;"
            + "".join(f"ALTER TABLE {table} ENABLE TRIGGER {name};" for table, name in WOKEN.items()),
        ),
    )
