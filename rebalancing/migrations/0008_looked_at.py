"""Readings keep what was looked at and asked, and are found by the codes of triggers and holds."""

from __future__ import annotations

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("rebalancing", "0007_model_impacts"),)

    operations = (
        migrations.AddField(
            model_name="reading",
            name="looked",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What was looked at and asked: policy, model, days of holdings, triggers, holds, the plan's figures. Empty in older readings.",
            ),
        ),
        migrations.AddIndex(
            model_name="reading",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["triggers"], name="reading_trigger_codes", opclasses=["jsonb_path_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="reading",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["holds"], name="reading_hold_codes", opclasses=["jsonb_path_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="reading",
            index=models.Index(fields=["outcome", "run"], name="readings_by_outcome"),
        ),
    )
