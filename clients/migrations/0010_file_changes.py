"""What loading a file does is written down by the database row by row, so that it can be shown and undone."""

import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLES = (
    "account",
    "assetclass",
    "cashbalance",
    "classweight",
    "formersymbol",
    "lotpiece",
    "position",
    "price",
    "realizedgain",
    "replacement",
    "security",
    "taxlot",
    "transaction",
    "washgroup",
)

# Statement triggers: a daily file restates tens of thousands of lots in a few statements. Whole account numbers
# are encrypted in their row and never copied.
FUNCTION = """
CREATE FUNCTION clients_file_changed() RETURNS trigger LANGUAGE plpgsql AS $$
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
        SELECT loading::bigint, TG_TABLE_NAME, n.id, 'changed',
            (SELECT jsonb_object_agg(cell.key, cell.value) FROM jsonb_each(to_jsonb(o) - 'number') AS cell
             WHERE to_jsonb(n) -> cell.key IS DISTINCT FROM cell.value),
            md5((to_jsonb(n) - 'number')::text)
        FROM rows_before AS o JOIN rows_after AS n ON n.id = o.id
        WHERE to_jsonb(o) - 'number' IS DISTINCT FROM to_jsonb(n) - 'number' ORDER BY n.id;
    END IF;
    RETURN NULL;
END $$;
"""

TRIGGERS = "".join(
    f"""
CREATE TRIGGER file_makes AFTER INSERT ON clients_{table} REFERENCING NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_{table}
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_removes AFTER DELETE ON clients_{table} REFERENCING OLD TABLE AS rows_before
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
"""
    for table in TABLES
)


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0009_plain_labels'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FileChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(db_column='table_name', max_length=40)),
                ('row', models.BigIntegerField(db_column='row_key')),
                ('kind', clients.models.columns.ChoiceField(choices=[('made', 'Added'), ('changed', 'Changed'), ('removed', 'Removed')], max_length=7)),
                ('was', models.JSONField(decoder=clients.models.columns.ExactDecoder, help_text='Of a changed row the former values that differ; of a removed row all of them.', null=True)),
                ('became', models.CharField(blank=True, help_text='Digest of the row afterwards: whether it has changed since.', max_length=32)),
            ],
            options={
                'ordering': ('file', 'id'),
            },
        ),
        migrations.AddField(
            model_name='custodianfile',
            name='undone_at',
            field=models.DateTimeField(blank=True, help_text='When loading it was last undone.', null=True),
        ),
        migrations.AddField(
            model_name='custodianfile',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='custodianfile',
            name='undone_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        clients.models.columns.AlterChoices(
            model_name='custodianfile',
            name='state',
            field=clients.models.columns.ChoiceField(choices=[('received', 'Received'), ('previewed', 'Ready to confirm'), ('loaded', 'Loaded'), ('refused', 'Refused'), ('discarded', 'Discarded'), ('undone', 'Undone')], default='received', max_length=9),
        ),
        migrations.AddConstraint(
            model_name='custodianfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None), ('undone_reason', ''), models.Q(('state', 'undone'), _negated=True)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False), models.Q(('undone_reason', ''), _negated=True)), _connector='OR'), name='undone_file_says_who_and_why'),
        ),
        migrations.AddField(
            model_name='filechange',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='clients.custodianfile'),
        ),
        migrations.AddIndex(
            model_name='filechange',
            index=models.Index(fields=['file', 'table', 'row'], name='changes_of_a_row'),
        ),
        migrations.RunSQL(FUNCTION + TRIGGERS, "DROP FUNCTION clients_file_changed CASCADE;"),
    ]
