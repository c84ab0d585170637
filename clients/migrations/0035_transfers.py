"""Transfers in kind, shown by files whose undoing takes along what they wrote; numbers that custodians change."""

import clients.encryption
import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


JOURNAL = "".join(
    f"""
CREATE TRIGGER file_makes AFTER INSERT ON clients_{table} REFERENCING NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
CREATE TRIGGER file_changes AFTER UPDATE ON clients_{table}
    REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
    FOR EACH STATEMENT EXECUTE FUNCTION clients_file_changed();
"""
    for table in ("transfer", "transfermovement")
)


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0034_corporate_actions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='tf', unique=True)),
                ('elsewhere', models.CharField(blank=True, help_text='The other firm, where it is one.', max_length=120)),
                ('shares', models.DecimalField(decimal_places=6, max_digits=20)),
                ('expected_on', models.DateField(blank=True, help_text='Empty: recognized from files.', null=True)),
                ('document', models.CharField(blank=True, max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('left_on', models.DateField(blank=True, help_text='When a file showed them gone.', null=True)),
                ('arrived_on', models.DateField(blank=True, help_text='When a file showed them here.', null=True)),
                ('basis_known_on', models.DateField(blank=True, help_text='When a file had the basis of all of them, where sales are taxed.', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('from_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_out', to='clients.account')),
                ('hold', models.ForeignKey(blank=True, help_text='Keeps what is to leave from being sold; it ends by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.hold')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='clients.household')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='clients.security')),
                ('to_account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_in', to='clients.account')),
            ],
            options={
                'ordering': ('-entered_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='TransferMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('movement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='transfer_part', to='clients.transaction')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='movements', to='clients.transfer')),
            ],
            options={
                'ordering': ('transfer', 'id'),
            },
        ),
        migrations.CreateModel(
            name='NumberChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='nc', unique=True)),
                ('number', clients.encryption.EncryptedTextField(help_text='The whole new number, encrypted.')),
                ('number_last4', models.CharField(max_length=4)),
                ('from_on', models.DateField(help_text='The first day on which the account has the new number.')),
                ('document', models.CharField(blank=True, max_length=200)),
                ('announced_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdraw_reason', models.CharField(blank=True, max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='number_changes', to='clients.account')),
                ('announced_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('confirmed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-announced_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('confirmed_at', None), ('withdrawn_at', None)), fields=('account',), name='one_open_number_change_an_account'), models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('announced_by')), _negated=True), _connector='OR'), name='number_change_is_of_two_people'), models.CheckConstraint(condition=models.Q(('confirmed_at', None), ('withdrawn_at', None), _connector='OR'), name='number_change_is_confirmed_or_withdrawn')],
            },
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['security'], name='open_transfers'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('from_account__isnull', False), ('to_account__isnull', False), _connector='OR'), name='transfer_has_an_account_of_ours'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('from_account', None), ('to_account', None), models.Q(('from_account', models.F('to_account')), _negated=True), _connector='OR'), name='transfer_is_between_two'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('from_account__isnull', False), ('to_account__isnull', False), ('elsewhere', '')), models.Q(models.Q(('from_account', None), ('to_account', None), _connector='OR'), models.Q(('elsewhere', ''), _negated=True)), _connector='OR'), name='transfer_names_the_other_firm'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('shares__gt', 0), ('shares__lte', Decimal('1000000000000'))), name='transfer_shares_bounded'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='transfer_ends_with_a_reason'),
        ),
        migrations.RunSQL(JOURNAL, migrations.RunSQL.noop),
    ]
