"""Corporate actions: announced, agreed to by two people, and what they did to lots."""

import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


STAYS = {
    "clients_corporateaction": ("ended_at", "ended_by_id", "end_reason"),
    "clients_actionagreement": ("nothing",),
    "clients_actionlot": ("nothing",),
}
FORWARD = "".join(
    f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {table}"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({', '.join(repr(one) for one in listed)});"
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays;"
    for table, listed in STAYS.items()
)
BACK = "".join(f"DROP TRIGGER IF EXISTS entered_stays ON {table};" for table in STAYS)


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0033_restatements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CorporateAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='co', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('split', 'Stock split'), ('reverse_split', 'Reverse split'), ('stock_dividend', 'Stock dividend'), ('cash_merger', 'Merger for cash'), ('stock_merger', 'Merger for stock'), ('mixed_merger', 'Merger for cash and stock'), ('spin_off', 'Spin-off'), ('symbol_change', 'Change of symbol'), ('cusip_change', 'Change of CUSIP'), ('return_of_capital', 'Return of capital'), ('cash_in_lieu', 'Cash in lieu of fractions'), ('tender', 'Tender offer'), ('delisting', 'Delisting'), ('liquidation', 'Liquidation')], max_length=17)),
                ('effective_on', models.DateField(help_text='The ex-day or effective day: its opening is the first after the action.')),
                ('shares_new', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('shares_old', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('cash', models.DecimalField(blank=True, decimal_places=6, help_text='Dollars for each share held before.', max_digits=18, null=True)),
                ('new_symbol', models.CharField(blank=True, default='', max_length=24)),
                ('new_cusip', models.CharField(blank=True, default='', max_length=9)),
                ('basis_share', models.DecimalField(blank=True, decimal_places=10, help_text="The new security's part of the basis, as a fraction (Form 8937).", max_digits=11, null=True)),
                ('value', models.DecimalField(blank=True, decimal_places=6, help_text='What a share of the new security was worth on the effective day.', max_digits=18, null=True)),
                ('lieu_price', models.DecimalField(blank=True, decimal_places=6, help_text='Dollars a whole share paid in place of a fraction; empty: fractions are kept.', max_digits=18, null=True)),
                ('is_taxable', models.BooleanField(default=False, help_text='An exchange or distribution that the tax law does not defer.')),
                ('source', models.CharField(help_text="The issuer's notice, Form 8937 or the file it is from.", max_length=200)),
                ('document', models.CharField(blank=True, default='', help_text='Where the paper is kept.', max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('new_security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='actions_from', to='clients.security')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.corporateaction')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corporate_actions', to='clients.security')),
                ('source_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corporate_actions', to='clients.custodianfile')),
            ],
            options={
                'ordering': ('-effective_on', 'security__symbol', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ActionAgreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreed_at', models.DateTimeField()),
                ('evidence', models.CharField(max_length=1000)),
                ('agreed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('action', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='agreement', to='clients.corporateaction')),
            ],
            options={
                'ordering': ('action',),
            },
        ),
        migrations.CreateModel(
            name='ActionAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', clients.models.columns.ChoiceField(choices=[('waiting', 'Not shown yet'), ('applied', 'Applied by us'), ('shown', 'Shown by the custodian'), ('unclear', 'Neither before nor after'), ('taken_back', 'Taken back')], default='waiting', max_length=10)),
                ('before_on', models.DateField(blank=True, help_text='The day of the file from before.', null=True)),
                ('shares_before', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('new_before', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('basis_before', models.DecimalField(blank=True, decimal_places=2, help_text='Of all its lots; empty: not known.', max_digits=18, null=True)),
                ('basis_after', models.DecimalField(blank=True, decimal_places=2, help_text='What the action makes of that.', max_digits=18, null=True)),
                ('looked_at', models.DateTimeField()),
                ('sentence', models.CharField(blank=True, help_text='Why it is as it is.', max_length=300)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corporate_actions', to='clients.account')),
                ('positions_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.custodianfile')),
                ('action', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='clients.corporateaction')),
            ],
            options={
                'ordering': ('action', 'account'),
            },
        ),
        migrations.CreateModel(
            name='ActionLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shares', models.DecimalField(decimal_places=6, help_text="Change of the lot's shares.", max_digits=20)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text="Change of the lot's basis; empty: unknown.", max_digits=18, null=True)),
                ('received_shares', models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                ('received_basis', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('cash', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('gain', models.DecimalField(blank=True, decimal_places=2, help_text='Recognized now; empty: not known.', max_digits=18, null=True)),
                ('is_reversal', models.BooleanField(default=False)),
                ('written_at', models.DateTimeField()),
                ('applied', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='clients.actionaccount')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='clients.taxlot')),
                ('received', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='came_from', to='clients.taxlot')),
            ],
            options={
                'ordering': ('applied', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('shares__isnull', True), models.Q(('shares__gte', Decimal('-1000000000000')), ('shares__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_shares_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', Decimal('-1000000000000')), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_basis_bounded'), models.CheckConstraint(condition=models.Q(('received_shares__isnull', True), models.Q(('received_shares__gte', Decimal('-1000000000000')), ('received_shares__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_received_bounded'), models.CheckConstraint(condition=models.Q(('received_basis__isnull', True), models.Q(('received_basis__gte', Decimal('-1000000000000')), ('received_basis__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_received_basis_bounded'), models.CheckConstraint(condition=models.Q(('cash__isnull', True), models.Q(('cash__gte', Decimal('-1000000000000')), ('cash__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_cash_bounded'), models.CheckConstraint(condition=models.Q(('gain__isnull', True), models.Q(('gain__gte', Decimal('-1000000000000')), ('gain__lte', Decimal('1000000000000'))), _connector='OR'), name='action_lot_gain_bounded')],
            },
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('shares_new', None), ('shares_old', None)), models.Q(('shares_new__gt', 0), ('shares_old__gt', 0)), _connector='OR'), name='action_ratio_comes_whole'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('shares_new__isnull', True), models.Q(('shares_new__gte', 0), ('shares_new__lte', Decimal('1000000000000'))), _connector='OR'), name='action_shares_new_bounded'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('shares_old__isnull', True), models.Q(('shares_old__gte', 0), ('shares_old__lte', Decimal('1000000000000'))), _connector='OR'), name='action_shares_old_bounded'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('cash__isnull', True), models.Q(('cash__gte', 0), ('cash__lte', Decimal('100000000'))), _connector='OR'), name='action_cash_bounded'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('value__isnull', True), models.Q(('value__gte', 0), ('value__lte', Decimal('100000000'))), _connector='OR'), name='action_value_bounded'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('lieu_price__isnull', True), models.Q(('lieu_price__gte', 0), ('lieu_price__lte', Decimal('100000000'))), _connector='OR'), name='action_lieu_price_bounded'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('basis_share__isnull', True), models.Q(('basis_share__gte', 0), ('basis_share__lte', 1)), _connector='OR'), name='action_basis_share_bounded'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.CheckConstraint(condition=models.Q(('security', models.F('new_security')), _negated=True), name='action_is_of_two_securities'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'kind', 'effective_on'), name='one_corporate_action_a_day'),
        ),
        migrations.AddConstraint(
            model_name='actionagreement',
            constraint=models.CheckConstraint(condition=models.Q(('asked_by', models.F('agreed_by')), _negated=True), name='action_is_agreed_by_two_people'),
        ),
        migrations.AddIndex(
            model_name='actionaccount',
            index=models.Index(fields=['account', 'state'], name='actions_of_an_account'),
        ),
        migrations.AddConstraint(
            model_name='actionaccount',
            constraint=models.UniqueConstraint(fields=('action', 'account'), name='one_action_an_account'),
        ),
        migrations.AddConstraint(
            model_name='actionaccount',
            constraint=models.CheckConstraint(condition=models.Q(('shares_before__isnull', True), models.Q(('shares_before__gte', 0), ('shares_before__lte', Decimal('1000000000000'))), _connector='OR'), name='action_before_bounded'),
        ),
        migrations.AddConstraint(
            model_name='actionaccount',
            constraint=models.CheckConstraint(condition=models.Q(('new_before__isnull', True), models.Q(('new_before__gte', 0), ('new_before__lte', Decimal('1000000000000'))), _connector='OR'), name='action_new_before_bounded'),
        ),
        migrations.AddConstraint(
            model_name='actionaccount',
            constraint=models.CheckConstraint(condition=models.Q(('basis_before__isnull', True), models.Q(('basis_before__gte', 0), ('basis_before__lte', Decimal('1000000000000'))), _connector='OR'), name='action_basis_before_bounded'),
        ),
        migrations.AddConstraint(
            model_name='actionaccount',
            constraint=models.CheckConstraint(condition=models.Q(('basis_after__isnull', True), models.Q(('basis_after__gte', 0), ('basis_after__lte', Decimal('1000000000000'))), _connector='OR'), name='action_basis_after_bounded'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
