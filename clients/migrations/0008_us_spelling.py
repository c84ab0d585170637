"""US spelling: the advisor's signature, and what was realized and recognized."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("clients", "0007_decided_stays")]

    operations = [
        migrations.RemoveConstraint("policy", "adopted_policy_is_signed_and_dated"),
        migrations.RenameField("policy", "signed_by_adviser_on", "signed_by_advisor_on"),
        migrations.AddConstraint(
            "policy",
            models.CheckConstraint(
                name="adopted_policy_is_signed_and_dated",
                condition=Q(state="draft")
                | Q(
                    adopted_at__isnull=False,
                    adopted_by__isnull=False,
                    effective_on__isnull=False,
                    signed_by_client_on__isnull=False,
                    signed_by_advisor_on__isnull=False,
                    fingerprint__length=64,
                ),
            ),
        ),
        migrations.AlterField(
            model_name="custodianfile",
            name="layout",
            field=models.CharField(blank=True, help_text="The layout it was recognized as.", max_length=40),
        ),
        migrations.AlterField(
            model_name="policy",
            name="gain_budget",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Net realized gain a year; empty: none agreed.",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="taxprofile",
            name="gain_budget",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Net realized gain allowed this year; empty: none set.",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="taxprofile",
            name="long_term_before",
            field=models.DecimalField(
                decimal_places=2,
                default=0,
                help_text="Realized this year before the record begins.",
                max_digits=18,
            ),
        ),
        migrations.AlterField(
            model_name="taxprofile",
            name="short_term_before",
            field=models.DecimalField(
                decimal_places=2,
                default=0,
                help_text="Realized this year before the record begins.",
                max_digits=18,
            ),
        ),
        migrations.AlterField(
            model_name="security",
            name="is_collectible",
            field=models.BooleanField(default=False, help_text="Taxed at up to 28% (IRC 1(h)(4))."),
        ),
    ]
