"""What lists of every household look for and few have: lots without a basis, and positions that are held out."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0038_distributions_and_gifts_in_kind")]

    operations = [
        migrations.AddIndex(
            model_name="position",
            index=models.Index(
                condition=models.Q(("held_out", ""), _negated=True),
                fields=["account"],
                name="positions_held_out",
            ),
        ),
        migrations.AddIndex(
            model_name="taxlot",
            index=models.Index(
                condition=models.Q(("basis", None), ("closed_on", None)),
                fields=["account"],
                name="lots_without_basis",
            ),
        ),
    ]
