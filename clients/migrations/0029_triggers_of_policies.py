"""When a policy asks for a look: anniversaries, days away from the turn of the month, soft bands, sleeves, sharp falls."""

from __future__ import annotations

import clients.models.columns
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0028_trading_facts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='policy',
            name='due_day',
            field=models.PositiveSmallIntegerField(blank=True, help_text='The day of its month on which a period begins; empty: the market day.', null=True),
        ),
        migrations.AddField(
            model_name='policy',
            name='due_session',
            field=models.PositiveSmallIntegerField(default=1, help_text='The market day of its month on which a period begins; a later one leaves the turn of the month alone.'),
        ),
        migrations.AddField(
            model_name='policy',
            name='fall_classes',
            field=models.CharField(blank=True, help_text='Codes of the classes looked at after a fall, with commas.', max_length=400),
        ),
        migrations.AddField(
            model_name='policy',
            name='on_fall',
            field=clients.models.columns.ChoiceField(blank=True, choices=[('harvest', 'A look for losses worth taking, and for nothing else'), ('classes', 'A look at the classes named, and at nothing else')], help_text='The unscheduled look after a sharp fall of the market; empty: none.', max_length=7),
        ),
        migrations.AddField(
            model_name='policy',
            name='sleeve_bands',
            field=models.BooleanField(default=False, help_text="The parts of a class have bands too, in proportion to the class's."),
        ),
        migrations.AddField(
            model_name='policy',
            name='soft_breach',
            field=clients.models.columns.ChoiceField(choices=[('at_once', 'It is traded back at the next look'), ('waits', 'It waits for a scheduled look or for cash; beyond its hard range it is traded at once')], default='at_once', help_text='What follows where a class is outside its band and inside its hard range.', max_length=7),
        ),
        clients.models.columns.AlterChoices(
            model_name='policy',
            name='calendar',
            field=clients.models.columns.ChoiceField(blank=True, choices=[('daily', 'Every market day'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('semiannual', 'Twice a year'), ('annual', 'Yearly'), ('anniversary', "Yearly, on the policy's anniversary")], help_text='Rebalance on a schedule too; empty: bands only.', max_length=11),
        ),
        clients.models.columns.AlterChoices(
            model_name='policy',
            name='look',
            field=clients.models.columns.ChoiceField(choices=[('daily', 'Every market day'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('quarterly', 'Quarterly'), ('semiannual', 'Twice a year'), ('annual', 'Yearly'), ('anniversary', "Yearly, on the policy's anniversary")], default='daily', max_length=11),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('due_session__isnull', True), models.Q(('due_session__gte', 1), ('due_session__lte', 15)), _connector='OR'), name='policy_due_session_bounded'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('due_day__isnull', True), models.Q(('due_day__gte', 1), ('due_day__lte', 28)), _connector='OR'), name='policy_due_day_bounded'),
        ),
    ]
