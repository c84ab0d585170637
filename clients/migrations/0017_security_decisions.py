"""Facts that people decided about securities, and the day on which securities, classes and groups were retired."""

import clients.models.columns
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clients", "0016_households"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='assetclass',
            name='retired_on',
            field=models.DateField(blank=True, help_text='No longer offered from this day.', null=True),
        ),
        migrations.AddField(
            model_name='security',
            name='retired_on',
            field=models.DateField(blank=True, help_text='No longer offered or bought from this day.', null=True),
        ),
        migrations.AddField(
            model_name='washgroup',
            name='retired_on',
            field=models.DateField(blank=True, help_text='No longer offered from this day.', null=True),
        ),
        migrations.CreateModel(
            name='SecurityDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fact', clients.models.columns.ChoiceField(choices=[('name', 'Name'), ('kind', 'Kind'), ('cusip', 'CUSIP'), ('issuer', 'Issuer'), ('sector', 'Sector'), ('trading', 'Trading'), ('class_weights', 'Asset classes'), ('half_spread', 'Half spread'), ('increment', 'Smallest quantity'), ('is_fractional', 'Fractions'), ('settlement_days', 'Settlement days'), ('expense_ratio', 'Expense ratio'), ('ordinary_yield', 'Ordinary yield'), ('qualified_yield', 'Qualified yield'), ('exempt_yield', 'Exempt yield'), ('realized_gain_yield', 'Realized gain yield'), ('is_collectible', 'Collectible'), ('wash_applies', 'Wash-sale rule applies')], max_length=19)),
                ('value', models.CharField(blank=True, help_text='As decided, in words.', max_length=400)),
                ('holds', models.BooleanField(help_text='Whether files leave the fact alone; off: handed back to them.')),
                ('reason', models.CharField(max_length=300)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='clients.security')),
            ],
            options={
                'ordering': ('security', '-id'),
                'indexes': [models.Index(fields=['security', 'fact', '-id'], name='decisions_of_a_fact')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='security_decision_says_why')],
            },
        ),
    ]
