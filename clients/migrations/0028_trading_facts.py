"""Complex products, trading policies of funds, quotes and halts, insiders, approvals and arranged trades."""

import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


TABLES = (
    "clients_fundtradingpolicy",
    "clients_quote",
    "clients_tradinghalt",
    "clients_insider",
    "clients_insiderwindow",
    "clients_productapproval",
    "clients_arrangedtrade",
)
FORWARD = "".join(
    f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');"
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays;"
    for table in TABLES
)
BACK = "".join(f"DROP TRIGGER IF EXISTS entered_stays ON {table};" for table in TABLES)


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0027_tax_facts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='security',
            name='product',
            field=clients.models.columns.ChoiceField(blank=True, choices=[('plain', 'Plain'), ('leveraged', 'Leveraged'), ('inverse', 'Inverse'), ('option_income', 'Option income'), ('interval', 'Interval or tender-offer fund'), ('private', 'Private placement'), ('structured', 'Structured note')], default='', help_text='Complex products need an approval for each client; empty: nobody has said.', max_length=13),
        ),
        clients.models.columns.AlterChoices(
            model_name='securitydecision',
            name='fact',
            field=clients.models.columns.ChoiceField(choices=[('name', 'Name'), ('kind', 'Kind'), ('cusip', 'CUSIP'), ('issuer', 'Issuer'), ('sector', 'Sector'), ('trading', 'Trading'), ('product', 'Product'), ('class_weights', 'Asset classes'), ('half_spread', 'Half spread'), ('daily_volume', 'Average daily volume'), ('increment', 'Smallest quantity'), ('is_fractional', 'Fractions'), ('settlement_days', 'Settlement days'), ('expense_ratio', 'Expense ratio'), ('ordinary_yield', 'Ordinary yield'), ('qualified_yield', 'Qualified yield'), ('exempt_yield', 'Exempt yield'), ('realized_gain_yield', 'Realized gain yield'), ('is_collectible', 'Collectible'), ('wash_applies', 'Wash-sale rule applies')], max_length=19),
        ),
        migrations.CreateModel(
            name='Insider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='in', unique=True)),
                ('issuer', models.CharField(help_text='As the securities on record name it.', max_length=120)),
                ('role', clients.models.columns.ChoiceField(choices=[('director', 'Director'), ('officer', 'Officer'), ('owner', 'Owner of more than 10%'), ('affiliate', 'Affiliate or control person'), ('employee', 'Employee with a trading window')], max_length=9)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='The last day; empty: still.', null=True)),
                ('source', models.CharField(help_text="The client's questionnaire or letter, with its day.", max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='insider_of', to='clients.person')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.insider')),
            ],
            options={
                'ordering': ('person', 'issuer', '-id'),
            },
        ),
        migrations.CreateModel(
            name='InsiderWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='iw', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('blackout', 'Blackout'), ('clearance', 'Pre-cleared by the issuer'), ('rule_144', 'Rule 144 sale'), ('plan', 'Rule 10b5-1 plan')], max_length=9)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('shares_max', models.DecimalField(blank=True, decimal_places=6, help_text='The most shares that may be traded in it; empty: no limit.', max_digits=20, null=True)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('insider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='clients.insider')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.insiderwindow')),
            ],
            options={
                'ordering': ('insider', '-starts_on', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ProductApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ap', unique=True)),
                ('product', clients.models.columns.ChoiceField(choices=[('leveraged', 'Leveraged'), ('inverse', 'Inverse'), ('option_income', 'Option income'), ('interval', 'Interval or tender-offer fund'), ('private', 'Private placement'), ('structured', 'Structured note')], max_length=13)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField(blank=True, help_text='The last day; empty: until it is ended.', null=True)),
                ('reason', models.CharField(help_text='Why it suits this client.', max_length=300)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='product_approvals', to='clients.household')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.productapproval')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='product_approvals', to='clients.security')),
            ],
            options={
                'ordering': ('household', 'product', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='qu', unique=True)),
                ('quoted_at', models.DateTimeField()),
                ('bid', models.DecimalField(decimal_places=6, max_digits=18)),
                ('ask', models.DecimalField(decimal_places=6, max_digits=18)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.quote')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='clients.security')),
            ],
            options={
                'ordering': ('-quoted_at', 'security__symbol', '-id'),
            },
        ),
        migrations.CreateModel(
            name='TradingHalt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='th', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('halt', 'Trading halt'), ('pause', 'Limit-up limit-down pause'), ('volatility', "The firm's own volatility hold")], max_length=10)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, help_text='Empty: until it is ended.', null=True)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.tradinghalt')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='clients.security')),
            ],
            options={
                'ordering': ('-starts_at', 'security__symbol', '-id'),
            },
        ),
        migrations.CreateModel(
            name='ArrangedTrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ar', unique=True)),
                ('side', clients.models.columns.ChoiceField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('counterparty', clients.models.columns.ChoiceField(choices=[('firm', 'The firm itself (principal)'), ('affiliate', 'An affiliate of the firm'), ('client', 'Another client (cross)')], max_length=9)),
                ('trade_on', models.DateField()),
                ('disclosed_on', models.DateField(blank=True, help_text='Written disclosure of this trade.', null=True)),
                ('consented_on', models.DateField(blank=True, help_text="The client's consent to this trade.", null=True)),
                ('document', models.CharField(blank=True, help_text='Where disclosure and consent are kept.', max_length=200)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arranged_trades', to='clients.account')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('other_account', models.ForeignKey(blank=True, help_text="The other client's account, for a cross.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.account')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.arrangedtrade')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arranged_trades', to='clients.security')),
            ],
            options={
                'ordering': ('-trade_on', 'account', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('counterparty', 'client'), ('other_account__isnull', False)), models.Q(models.Q(('counterparty', 'client'), _negated=True), ('other_account', None)), _connector='OR'), name='arranged_trade_names_the_other_client'), models.CheckConstraint(condition=models.Q(('other_account', None), models.Q(('other_account', models.F('account')), _negated=True), _connector='OR'), name='arranged_trade_has_two_accounts'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account', 'security', 'side', 'trade_on'), name='one_arranged_trade_a_day')],
            },
        ),
        migrations.CreateModel(
            name='FundTradingPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, help_text='Empty: it stands.', null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ft', unique=True)),
                ('holding_days', models.PositiveSmallIntegerField(help_text='A sale within so many days of a purchase is a round trip.')),
                ('redemption_fee', models.DecimalField(blank=True, decimal_places=6, help_text='Of the proceeds, on shares held for fewer days than `fee_days`.', max_digits=9, null=True)),
                ('fee_days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('source', models.CharField(max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.fundtradingpolicy')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trading_policies', to='clients.security')),
            ],
            options={
                'verbose_name_plural': 'fund trading policies',
                'ordering': ('security__symbol', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('holding_days__isnull', True), models.Q(('holding_days__gte', 1), ('holding_days__lte', 365)), _connector='OR'), name='fund_policy_days_bounded'), models.CheckConstraint(condition=models.Q(('redemption_fee__isnull', True), models.Q(('redemption_fee__gte', 0), ('redemption_fee__lte', 1)), _connector='OR'), name='fund_policy_fee_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('fee_days', None), ('redemption_fee', None)), models.Q(('fee_days__isnull', False), ('redemption_fee__isnull', False)), _connector='OR'), name='fund_policy_fee_has_its_days'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security',), name='one_trading_policy_a_fund')],
            },
        ),
        migrations.AddConstraint(
            model_name='insider',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='insider_ends_after_the_start'),
        ),
        migrations.AddConstraint(
            model_name='insider',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('person', 'issuer', 'role'), name='one_role_a_person_and_issuer'),
        ),
        migrations.AddConstraint(
            model_name='insiderwindow',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='insider_window_ends_after_the_start'),
        ),
        migrations.AddConstraint(
            model_name='insiderwindow',
            constraint=models.CheckConstraint(condition=models.Q(('shares_max__isnull', True), models.Q(('shares_max__gte', 0), ('shares_max__lte', Decimal('1000000000000'))), _connector='OR'), name='insider_window_shares_bounded'),
        ),
        migrations.AddConstraint(
            model_name='insiderwindow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'blackout'), _negated=True), ('shares_max', None), _connector='OR'), name='blackout_has_no_shares'),
        ),
        migrations.AddConstraint(
            model_name='productapproval',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='product_approval_ends_after_the_start'),
        ),
        migrations.AddConstraint(
            model_name='productapproval',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='product_approval_says_why'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('bid__isnull', True), models.Q(('bid__gte', Decimal('0.000001')), ('bid__lte', Decimal('100000000'))), _connector='OR'), name='quote_bid_bounded'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('ask__isnull', True), models.Q(('ask__gte', Decimal('0.000001')), ('ask__lte', Decimal('100000000'))), _connector='OR'), name='quote_ask_bounded'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('bid__lte', models.F('ask'))), name='quote_is_not_crossed'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'quoted_at'), name='one_quote_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='tradinghalt',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('starts_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='halt_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='tradinghalt',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('security', 'kind', 'starts_at'), name='one_halt_of_a_kind'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
