"""That a file listed an account's lots is said once, not on every lot.

Lots that are on record keep the day of the file that last wrote them, and have no listing: they were last listed on
that day until the next file comes.
"""

import django.db.models.deletion
from django.db import migrations, models

TRIGGERS = """
CREATE TRIGGER file_makes AFTER INSERT ON clients_lotlisting REFERENCING NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_lotlisting
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_lotlisting REFERENCING OLD TABLE AS rows_before
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
ALTER TABLE clients_lotlisting ENABLE ALWAYS TRIGGER file_makes;
ALTER TABLE clients_lotlisting ENABLE ALWAYS TRIGGER file_changes;
ALTER TABLE clients_lotlisting ENABLE ALWAYS TRIGGER file_removes;
"""

# As before, with each row turned into JSON once instead of once for each question about it.
FUNCTION = """
CREATE OR REPLACE FUNCTION clients_file_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    loading text := current_setting('evenkeel.loading_file', true);
BEGIN
    IF loading IS NULL OR loading = '' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO clients_filechange (file_id, table_name, row_key, kind, was, became)
        SELECT loading::bigint, TG_TABLE_NAME, n.id, 'made', NULL, md5((to_jsonb(n) - 'number')::text)
        FROM rows_after AS n ORDER BY n.id;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO clients_filechange (file_id, table_name, row_key, kind, was, became)
        SELECT loading::bigint, TG_TABLE_NAME, o.id, 'removed', to_jsonb(o) - 'number', ''
        FROM rows_before AS o ORDER BY o.id;
    ELSE
        INSERT INTO clients_filechange (file_id, table_name, row_key, kind, was, became)
        SELECT loading::bigint, TG_TABLE_NAME, both_rows.id, 'changed',
            (SELECT jsonb_object_agg(cell.key, cell.value) FROM jsonb_each(both_rows.was) AS cell
             WHERE both_rows.is_now -> cell.key IS DISTINCT FROM cell.value),
            md5(both_rows.is_now::text)
        FROM (
            SELECT n.id, to_jsonb(o) - 'number' AS was, to_jsonb(n) - 'number' AS is_now
            FROM rows_before AS o JOIN rows_after AS n ON n.id = o.id OFFSET 0
        ) AS both_rows
        WHERE both_rows.was IS DISTINCT FROM both_rows.is_now ORDER BY both_rows.id;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [("clients", "0035_transfers")]

    operations = [
        migrations.AlterField(
            model_name="taxlot",
            name="as_of_on",
            field=models.DateField(
                help_text="The day of the file that last changed it; while it is open, a listing may name a later one."
            ),
        ),
        migrations.CreateModel(
            name="LotListing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of_on", models.DateField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lot_listings",
                        to="clients.account",
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the file lists all lots of the account.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lot_listings",
                        to="clients.security",
                    ),
                ),
                (
                    "source_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lot_listings",
                        to="clients.custodianfile",
                    ),
                ),
            ],
            options={"ordering": ("account", "security")},
        ),
        migrations.AddConstraint(
            model_name="lotlisting",
            constraint=models.UniqueConstraint(
                fields=("account", "security"), name="one_listing_a_security", nulls_distinct=False
            ),
        ),
        migrations.RunSQL(FUNCTION + TRIGGERS, migrations.RunSQL.noop),
    ]
