"""What market days were like, and the papers that show a life event."""

from __future__ import annotations

import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


LATER = "'cancelled_at', 'cancelled_by_id', 'cancel_reason'"
FORWARD = (
    "CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON clients_marketcondition"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({LATER});"
    "ALTER TABLE clients_marketcondition ENABLE ALWAYS TRIGGER entered_stays;"
)
BACK = "DROP TRIGGER IF EXISTS entered_stays ON clients_marketcondition;"


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0024_required_distributions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='lifeevent',
            name='document',
            field=models.CharField(blank=True, default='', help_text='The paper that shows it, and where it is kept.', max_length=200),
        ),
        migrations.AddField(
            model_name='lifeevent',
            name='document_sha256',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.CreateModel(
            name='MarketCondition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='mk', unique=True)),
                ('market_on', models.DateField(help_text='The market day.')),
                ('kind', clients.models.columns.ChoiceField(choices=[('halt', 'Trading halt'), ('spread', 'Bid-ask spread'), ('implied', 'Volatility index')], max_length=7)),
                ('value', models.DecimalField(blank=True, decimal_places=6, help_text='The median spread as a fraction of the price, or the level of the index.', max_digits=12, null=True)),
                ('source', models.CharField(help_text='Where it was found.', max_length=200)),
                ('entered_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('cancelled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='clients.marketcondition')),
                ('security', models.ForeignKey(blank=True, help_text='Empty: the whole market.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='market_conditions', to='clients.security')),
            ],
            options={
                'ordering': ('-market_on', 'kind', 'security', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('cancelled_at', None)), fields=('market_on', 'kind', 'security'), name='one_market_condition_a_day', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'halt'), ('value', None)), models.Q(('kind', 'spread'), ('security__isnull', False), ('value__gt', 0), ('value__lt', 1)), models.Q(('kind', 'implied'), ('security', None), ('value__gt', 0), ('value__lt', 1000)), _connector='OR'), name='market_condition_has_what_its_kind_needs'), models.CheckConstraint(condition=models.Q(models.Q(('cancel_reason', ''), ('cancelled_at', None), ('cancelled_by', None)), models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False), models.Q(('cancel_reason', ''), _negated=True)), _connector='OR'), name='market_condition_says_why_it_was_taken_back')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
