"""Who files the return of a year of death."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0020_volume_is_decided")]

    operations = [
        migrations.AddField(
            model_name="taxunit",
            name="final_filer",
            field=models.CharField(
                blank=True, default="", help_text="Who files the return of a year of death.", max_length=120
            ),
        ),
    ]
