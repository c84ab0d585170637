"""Corrections of tax lots by two people: they stay as they were decided, and files restate what they say beside them."""

from __future__ import annotations

import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# What is filled in later: what the files say, and the end.
LATER = "'filed_acquired_on', 'filed_basis', 'filed_basis_status', 'filed_quantity', 'ended_at', 'end_reason'"
STAYS = f"""
CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON clients_lotcorrection
    FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({LATER});
ALTER TABLE clients_lotcorrection ENABLE ALWAYS TRIGGER entered_stays;
"""
# A file that restates or ends a correction is shown and undone as for the lots themselves.
JOURNAL = """
CREATE TRIGGER file_makes AFTER INSERT ON clients_lotcorrection REFERENCING NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_lotcorrection
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("clients", "0014_coverage"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LotCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='lc', unique=True)),
                ('was_acquired_on', models.DateField(blank=True, null=True)),
                ('was_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('was_basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of the whole lot as it was then.', max_digits=18, null=True)),
                ('basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('quantity', models.DecimalField(decimal_places=6, help_text="The lot's shares when it was corrected.", max_digits=20)),
                ('evidence', models.CharField(max_length=1000)),
                ('document', models.CharField(blank=True, help_text='Where the evidence is kept.', max_length=200)),
                ('document_sha256', models.CharField(blank=True, max_length=64)),
                ('filed_acquired_on', models.DateField(blank=True, null=True)),
                ('filed_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('filed_basis_status', clients.models.columns.ChoiceField(choices=[('covered', 'Covered'), ('noncovered', 'Noncovered, basis known'), ('unknown', 'Basis unknown'), ('disputed', 'Basis disputed')], max_length=10)),
                ('filed_quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('decided_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it is in force.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='clients.taxlot')),
            ],
            options={
                'ordering': ('lot', '-decided_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('lot',), name='one_correction_in_force_a_lot'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_correction_basis_bounded'), models.CheckConstraint(condition=models.Q(('filed_basis__isnull', True), models.Q(('filed_basis__gte', 0), ('filed_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='lot_correction_filed_basis_bounded'), models.CheckConstraint(condition=models.Q(('asked_by', models.F('decided_by')), _negated=True), name='lot_correction_is_of_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='lot_correction_says_when_it_ended')],
            },
        ),
        migrations.RunSQL(STAYS + JOURNAL, migrations.RunSQL.noop),
    ]
