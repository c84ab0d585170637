"""Distributions that funds have announced or paid, kept as they were entered."""

import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


TABLE = "clients_funddistribution"
FORWARD = (
    f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {TABLE}"
    " FOR EACH ROW EXECUTE FUNCTION clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');"
    f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER entered_stays;"
)
BACK = f"DROP TRIGGER IF EXISTS entered_stays ON {TABLE};"


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0022_restrictions_and_menus'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FundDistribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fd', unique=True)),
                ('ex_on', models.DateField(help_text='Who buys on this day or later does not get it.')),
                ('record_on', models.DateField(blank=True, null=True)),
                ('pay_on', models.DateField(blank=True, null=True)),
                ('short_gain', models.DecimalField(blank=True, decimal_places=6, help_text='Short-term capital gains, taxed as ordinary dividends.', max_digits=18, null=True)),
                ('long_gain', models.DecimalField(blank=True, decimal_places=6, help_text='Long-term capital gains (IRC 852(b)(3)).', max_digits=18, null=True)),
                ('ordinary', models.DecimalField(blank=True, decimal_places=6, help_text='Ordinary income that is not qualified.', max_digits=18, null=True)),
                ('qualified', models.DecimalField(blank=True, decimal_places=6, help_text='Qualified dividend income.', max_digits=18, null=True)),
                ('exempt', models.DecimalField(blank=True, decimal_places=6, help_text='Tax-exempt interest.', max_digits=18, null=True)),
                ('return_of_capital', models.DecimalField(blank=True, decimal_places=6, help_text='Return of capital, which lowers the basis.', max_digits=18, null=True)),
                ('share_of_price', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                ('is_final', models.BooleanField(default=False, help_text='Off: an estimate.')),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.funddistribution')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='distributions', to='clients.security')),
            ],
            options={
                'ordering': ('-ex_on', 'security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('pay_on__isnull', True), ('ex_on__isnull', True), ('pay_on__gte', models.F('ex_on')), _connector='OR'), name='distribution_is_paid_after_its_ex_day'), models.CheckConstraint(condition=models.Q(('short_gain__isnull', True), models.Q(('short_gain__gte', 0), ('short_gain__lte', Decimal('100000000'))), _connector='OR'), name='distribution_short_gain_bounded'), models.CheckConstraint(condition=models.Q(('long_gain__isnull', True), models.Q(('long_gain__gte', 0), ('long_gain__lte', Decimal('100000000'))), _connector='OR'), name='distribution_long_gain_bounded'), models.CheckConstraint(condition=models.Q(('ordinary__isnull', True), models.Q(('ordinary__gte', 0), ('ordinary__lte', Decimal('100000000'))), _connector='OR'), name='distribution_ordinary_bounded'), models.CheckConstraint(condition=models.Q(('qualified__isnull', True), models.Q(('qualified__gte', 0), ('qualified__lte', Decimal('100000000'))), _connector='OR'), name='distribution_qualified_bounded'), models.CheckConstraint(condition=models.Q(('exempt__isnull', True), models.Q(('exempt__gte', 0), ('exempt__lte', Decimal('100000000'))), _connector='OR'), name='distribution_exempt_bounded'), models.CheckConstraint(condition=models.Q(('return_of_capital__isnull', True), models.Q(('return_of_capital__gte', 0), ('return_of_capital__lte', Decimal('100000000'))), _connector='OR'), name='distribution_return_of_capital_bounded'), models.CheckConstraint(condition=models.Q(('share_of_price__isnull', True), models.Q(('share_of_price__gte', 0), ('share_of_price__lte', 1)), _connector='OR'), name='distribution_share_bounded'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'ex_on'), name='one_distribution_a_fund_and_day')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
