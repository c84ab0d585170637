"""Questions to whoever may: a further kind of thread on a review, whose anchor names the roles that are asked."""

from __future__ import annotations

from django.db import migrations, models

KINDS = ["whole", "trade", "lot", "finding", "asked"]


class Migration(migrations.Migration):

    dependencies = [("compliance", "0009_saved_views")]

    operations = [
        migrations.AlterField(
            model_name="comment",
            name="anchor_kind",
            field=models.CharField(
                choices=[
                    ("whole", "The whole"),
                    ("trade", "A trade"),
                    ("lot", "A tax lot"),
                    ("finding", "A finding"),
                    ("asked", "A question to whoever may"),
                ],
                default="whole",
                max_length=16,
            ),
        ),
        migrations.RemoveConstraint(model_name="comment", name="comment_anchor_is_known"),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                name="comment_anchor_is_known", condition=models.Q(anchor_kind__in=KINDS)
            ),
        ),
    ]
