"""A run first settles at once what needs no full reading. Runs that were going on at the upgrade do so, too."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rebalancing", "0023_compared_when_opened"),
    ]

    operations = [
        migrations.AddField(
            model_name="scanrun",
            name="settled_at",
            field=models.DateTimeField(
                blank=True,
                null=True,
                help_text="When what needs no full reading was settled; before that, nothing is offered to workers.",
            ),
        ),
        migrations.AddField(
            model_name="scanrun",
            name="settle_attempt",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="scanrun",
            name="settle_until",
            field=models.DateTimeField(
                blank=True, null=True, help_text="The lease of the worker that settles; empty while none does."
            ),
        ),
    ]
