"""What custodians restated, kept beside the lots and sales that it is about; written while a file loads."""

import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


# What a file restated stays as it was found; what people say of it is filled in. Undoing the file takes the row along.
STAYS = """
CREATE TRIGGER entered_stays BEFORE UPDATE ON clients_restatement
    FOR EACH ROW EXECUTE FUNCTION clients_entered_stays('seen_by_id', 'seen_at', 'seen_as', 'seen_note');
ALTER TABLE clients_restatement ENABLE ALWAYS TRIGGER entered_stays;
"""
JOURNAL = """
CREATE TRIGGER file_makes AFTER INSERT ON clients_restatement REFERENCING NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0031_facts_are_entered'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Restatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='rs', unique=True)),
                ('as_of_on', models.DateField(help_text='The day that the file states.')),
                ('is_past_day', models.BooleanField(help_text='That day was on record already, otherwise.')),
                ('cause', clients.models.columns.ChoiceField(choices=[('unknown', 'Not explained'), ('late_basis', 'Basis came late'), ('wash', 'Wash-sale adjustment'), ('corporate_action', 'Corporate action')], max_length=16)),
                ('was_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('was_acquired_on', models.DateField(blank=True, null=True)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('was_basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of all its shares; empty: unknown.', max_digits=18, null=True)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of all its shares; empty: unknown.', max_digits=18, null=True)),
                ('was_disallowed', models.DecimalField(decimal_places=2, default=0, help_text='Of a sale: the loss disallowed; positive.', max_digits=18)),
                ('disallowed', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('was_term', clients.models.columns.ChoiceField(blank=True, choices=[('short', 'Short-term'), ('long', 'Long-term')], max_length=7)),
                ('term', clients.models.columns.ChoiceField(blank=True, choices=[('short', 'Short-term'), ('long', 'Long-term')], max_length=7)),
                ('found_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('seen_as', clients.models.columns.ChoiceField(blank=True, choices=[('correction', 'A correction that is right'), ('late_basis', 'Basis that came late'), ('wash', 'A wash-sale adjustment'), ('corporate_action', 'A corporate action'), ('custodian_error', 'An error of the custodian, who is asked')], max_length=16)),
                ('seen_note', models.CharField(blank=True, max_length=300)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.account')),
                ('gain', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.realizedgain')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.taxlot')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.security')),
                ('seen_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restatements', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('-found_at', 'account', 'id'),
                'indexes': [models.Index(condition=models.Q(('seen_at', None)), fields=['account', 'found_at'], name='restatements_unseen')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('gain', None), ('lot__isnull', False)), models.Q(('gain__isnull', False), ('lot', None)), _connector='OR'), name='restatement_is_of_a_lot_or_a_sale'), models.CheckConstraint(condition=models.Q(('was_quantity__isnull', False), ('quantity__isnull', False), _connector='OR'), name='restatement_has_a_side'), models.CheckConstraint(condition=models.Q(models.Q(('seen_as', ''), ('seen_at', None), ('seen_by', None), ('seen_note', '')), models.Q(('seen_at__isnull', False), ('seen_by__isnull', False), models.Q(('seen_as', ''), _negated=True)), _connector='OR'), name='restatement_seen_by_somebody'), models.CheckConstraint(condition=models.Q(('was_quantity__isnull', True), models.Q(('was_quantity__gte', 0), ('was_quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_was_quantity_bounded'), models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', 0), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_quantity_bounded'), models.CheckConstraint(condition=models.Q(('was_basis__isnull', True), models.Q(('was_basis__gte', 0), ('was_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_was_basis_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_basis_bounded'), models.CheckConstraint(condition=models.Q(('was_disallowed__isnull', True), models.Q(('was_disallowed__gte', 0), ('was_disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_was_disallowed_bounded'), models.CheckConstraint(condition=models.Q(('disallowed__isnull', True), models.Q(('disallowed__gte', 0), ('disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='restatement_disallowed_bounded')],
            },
        ),
        migrations.RunSQL(STAYS + JOURNAL, migrations.RunSQL.noop),
    ]
