"""Decisions to trade although a measured reason says to wait."""

from __future__ import annotations

import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


LATER = "'ended_at', 'ended_by_id', 'end_reason'"
FORWARD = (
    "CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON rebalancing_holdoverride"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({LATER});"
    "ALTER TABLE rebalancing_holdoverride ENABLE ALWAYS TRIGGER entered_stays;"
)
BACK = "DROP TRIGGER IF EXISTS entered_stays ON rebalancing_holdoverride;"


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0025_market_conditions'),
        ('rebalancing', '0008_looked_at'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HoldOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ho', unique=True)),
                ('code', models.CharField(help_text='The reason that is set aside, by its code.', max_length=40)),
                ('reason', models.CharField(max_length=300)),
                ('sentence', models.TextField(help_text='What held the household back when this was decided.')),
                ('starts_on', models.DateField()),
                ('expires_on', models.DateField(help_text='The last day on which it counts.')),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hold_overrides', to='clients.household')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='rebalancing.holdoverride')),
            ],
            options={
                'ordering': ('-made_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_on__isnull', True), ('starts_on__isnull', True), ('expires_on__gte', models.F('starts_on')), _connector='OR'), name='hold_override_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='hold_override_gives_its_reason'), models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='hold_override_says_why_it_ended')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
