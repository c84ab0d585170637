"""Households merge and split, trusts own accounts, and every yearly profile has its own filing status and rates."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import clients.models.columns
from compliance import public_ids


def fill(apps: Any, schema_editor: Any) -> None:
    """Name the units and profiles on record; a profile had the filing status and state of its unit."""
    for name, prefix in (("TaxUnit", "tu"), ("TaxProfile", "tp")):
        for row in apps.get_model("clients", name).objects.all():
            row.public_id = public_ids.new(prefix)
            if name == "TaxProfile":
                row.filing_status, row.state = row.tax_unit.filing_status, row.tax_unit.state
                row.save(update_fields=["public_id", "filing_status", "state"])
            else:
                row.save(update_fields=["public_id"])


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0015_lot_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="household",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                help_text="The household that took over its people and accounts.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="clients.household",
            ),
        ),
        migrations.AddField(
            model_name="household",
            name="split_from",
            field=models.ForeignKey(
                blank=True,
                help_text="The household that its people and accounts came from.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="split",
                to="clients.household",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="kind",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("person", "Person"),
                    ("trust", "Trust or estate"),
                    ("entity", "Company, partnership or foundation"),
                ],
                default="person",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="left_on",
            field=models.DateField(
                blank=True, help_text="When they ceased to belong to the household.", null=True
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="parties",
            field=models.CharField(
                blank=True,
                help_text="Trustees and beneficiaries, or who signs for an entity.",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="taxprofile",
            name="filing_status",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("single", "Single"),
                    ("mfj", "Married filing jointly"),
                    ("mfs", "Married filing separately"),
                    ("hoh", "Head of household"),
                    ("qss", "Qualifying surviving spouse"),
                    ("trust", "Trust or estate"),
                ],
                default="single",
                max_length=6,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="taxprofile",
            name="public_id",
            field=models.CharField(editable=False, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="taxprofile",
            name="rate_investment",
            field=models.DecimalField(
                decimal_places=6,
                default=0,
                help_text="Net investment income tax on top of flat rates (IRC 1411).",
                max_digits=9,
            ),
        ),
        migrations.AddField(
            model_name="taxprofile",
            name="rate_long",
            field=models.DecimalField(
                blank=True,
                decimal_places=6,
                help_text="Flat federal rate on long-term gains.",
                max_digits=9,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="taxprofile",
            name="rate_short",
            field=models.DecimalField(
                blank=True,
                decimal_places=6,
                help_text="Flat federal rate on short-term gains; empty: the full computation.",
                max_digits=9,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="taxprofile",
            name="state",
            field=models.CharField(blank=True, help_text="State of residence, two letters.", max_length=2),
        ),
        migrations.AddField(
            model_name="taxunit",
            name="last_tax_year",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="The last year for which it files; empty while it goes on.", null=True
            ),
        ),
        migrations.AddField(
            model_name="taxunit",
            name="public_id",
            field=models.CharField(editable=False, max_length=32, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="taxprofile",
            name="public_id",
            field=clients.models.columns.PublicIdField(
                editable=False, max_length=32, prefix="tp", unique=True
            ),
        ),
        migrations.AlterField(
            model_name="taxunit",
            name="public_id",
            field=clients.models.columns.PublicIdField(
                editable=False, max_length=32, prefix="tu", unique=True
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="family_name",
            field=models.CharField(max_length=120),
        ),
        migrations.AlterField(
            model_name="person",
            name="given_name",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name="taxprofile",
            name="wages",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AlterField(
            model_name="taxunit",
            name="filing_status",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("single", "Single"),
                    ("mfj", "Married filing jointly"),
                    ("mfs", "Married filing separately"),
                    ("hoh", "Head of household"),
                    ("qss", "Qualifying surviving spouse"),
                    ("trust", "Trust or estate"),
                ],
                help_text="At present; each year's profile has its own.",
                max_length=6,
            ),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", None), ("closed_on__isnull", False), _connector="OR"),
                name="merged_household_is_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into", None),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="household_is_not_merged_into_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "person"), models.Q(("given_name", ""), _negated=True)),
                    models.Q(
                        models.Q(("kind", "person"), _negated=True),
                        ("deceased_on", None),
                        ("given_name", ""),
                        ("spouse", None),
                    ),
                    _connector="OR",
                ),
                name="only_people_have_given_names_spouses_and_deaths",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rate_investment", 0), ("rate_long", None), ("rate_short", None)),
                    models.Q(
                        ("rate_investment__gte", 0),
                        ("rate_long__gte", 0),
                        ("rate_long__isnull", False),
                        ("rate_long__lte", models.F("rate_short")),
                        ("rate_short__isnull", False),
                        (
                            "rate_short__lt",
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(1), "-", models.F("rate_investment")
                                ),
                                "-",
                                models.F("state_rate"),
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="tax_profile_flat_rates_fit",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("last_tax_year__isnull", True),
                    models.Q(("last_tax_year__gte", 2000), ("last_tax_year__lte", 2100)),
                    _connector="OR",
                ),
                name="tax_unit_last_year_is_plausible",
            ),
        ),
    ]
