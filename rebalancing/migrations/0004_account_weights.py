"""Readings keep what single accounts weigh, for information; earlier readings do not know it and say nothing."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("rebalancing", "0003_rows_are_bound"),)

    operations = (
        migrations.AddField(
            model_name="reading",
            name="account_weights",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="What accounts weigh that no measure stands for, for information: their own weight by class.",
            ),
        ),
    )
