"""Revisions keep the version of the model they were made with; older ones leave it to their policy."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (
        ("clients", "0013_models_are_followed"),
        ("rebalancing", "0005_plain_labels"),
    )

    operations = (
        migrations.AddField(
            model_name="revision",
            name="model_version",
            field=models.ForeignKey(
                blank=True,
                help_text="The version of the model it was made with; empty in older revisions: the one the policy names.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revisions",
                to="clients.modelversion",
            ),
        ),
    )
