"""Facts of required distributions: terms of accounts, and figures of a year."""

from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# Table, and the columns that are filled in later; everything else stays as it was entered.
ENTERED = ("clients_distributionterms", "clients_distributionfigure")
LATER = "'ended_at', 'ended_by_id', 'end_reason'"
FORWARD = "".join(
    f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {table}"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({LATER});"
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays;"
    for table in ENTERED
)
BACK = "".join(f"DROP TRIGGER IF EXISTS entered_stays ON {table};" for table in ENTERED)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0023_fund_distributions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DistributionFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="df", unique=True
                    ),
                ),
                (
                    "kind",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("balance", "Balance of December 31 before the year"),
                            ("divisor", "Divisor of the Joint and Last Survivor Table"),
                            ("charitable", "Qualified charitable distribution"),
                            ("taken", "Taken, and in no file"),
                            ("outside_balance", "Balance of December 31 at another firm"),
                            ("outside_taken", "Taken at another firm"),
                        ],
                        max_length=15,
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(help_text="The year of the distribution.")),
                (
                    "plan",
                    clients.models.columns.ChoiceField(
                        blank=True,
                        choices=[("ira", "IRAs"), ("403b", "403(b) plans")],
                        help_text="At another firm: what it counts with.",
                        max_length=4,
                    ),
                ),
                ("place", models.CharField(blank=True, help_text="The other firm.", max_length=120)),
                ("taken_on", models.DateField(blank=True, null=True)),
                ("amount", models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ("divisor", models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True)),
                ("source", models.CharField(help_text="Where the figure is taken from.", max_length=200)),
                ("entered_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="distribution_figures",
                        to="clients.account",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="distribution_figures",
                        to="clients.person",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        help_text="The figure that this one corrects.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.distributionfigure",
                    ),
                ),
            ],
            options={
                "ordering": ("person", "-year", "kind", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None), ("kind__in", ("balance", "divisor"))),
                        fields=("account", "kind", "year"),
                        name="one_distribution_figure_a_year",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("kind__in", ("outside_balance", "outside_taken"))
                        ),
                        fields=("person", "kind", "year", "plan", "place"),
                        name="one_distribution_figure_a_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("year__isnull", True),
                            models.Q(("year__gte", 2000), ("year__lte", 2200)),
                            _connector="OR",
                        ),
                        name="distribution_figure_year_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__isnull", True),
                            models.Q(("amount__gte", 0), ("amount__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="distribution_figure_amount_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("divisor__isnull", True),
                            models.Q(("divisor__gte", 1), ("divisor__lte", Decimal("99.9"))),
                            _connector="OR",
                        ),
                        name="distribution_figure_divisor_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount", None), ("divisor__isnull", False), ("kind", "divisor")),
                            models.Q(
                                models.Q(("kind", "divisor"), _negated=True),
                                ("amount__isnull", False),
                                ("divisor", None),
                            ),
                            _connector="OR",
                        ),
                        name="distribution_figure_is_money_or_a_divisor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("account", None),
                                ("kind__in", ("outside_balance", "outside_taken")),
                                ("plan__in", ("ira", "403b")),
                                models.Q(("place", ""), _negated=True),
                            ),
                            models.Q(
                                ("account__isnull", False),
                                ("kind__in", ("balance", "divisor", "charitable", "taken")),
                                ("place", ""),
                                ("plan", ""),
                            ),
                            _connector="OR",
                        ),
                        name="distribution_figure_has_its_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ("charitable", "taken")), ("taken_on__isnull", False)),
                            models.Q(
                                models.Q(("kind__in", ("charitable", "taken")), _negated=True),
                                ("taken_on", None),
                            ),
                            _connector="OR",
                        ),
                        name="distribution_figure_taken_on_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        name="distribution_figure_says_where_from",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DistributionTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="dt", unique=True
                    ),
                ),
                ("inherited_from", models.CharField(blank=True, help_text="Who died.", max_length=120)),
                ("decedent_born_on", models.DateField(blank=True, null=True)),
                ("died_on", models.DateField(blank=True, null=True)),
                (
                    "beneficiary",
                    clients.models.columns.ChoiceField(
                        blank=True,
                        choices=[
                            ("spouse", "The spouse, alone"),
                            ("minor", "A minor child of the deceased"),
                            ("eligible", "Disabled, chronically ill, or not more than ten years younger"),
                            ("other", "Another person"),
                            ("none", "An estate, a charity, or a trust that is not looked through"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "spouse_choice",
                    clients.models.columns.ChoiceField(
                        blank=True,
                        choices=[
                            ("own", "Treated as the spouse’s own"),
                            ("beneficiary", "Kept as a beneficiary"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "still_working",
                    models.BooleanField(
                        default=False, help_text="The owner works for the employer of this plan."
                    ),
                ),
                (
                    "retired_on",
                    models.DateField(blank=True, help_text="When the owner left that employer.", null=True),
                ),
                (
                    "owns_five_percent",
                    models.BooleanField(
                        default=False,
                        help_text="The owner has more than 5% of that employer: working on defers nothing.",
                    ),
                ),
                ("source", models.CharField(help_text="Where this is written.", max_length=200)),
                ("entered_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="distribution_terms",
                        to="clients.account",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        help_text="The terms that these correct.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.distributionterms",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "distribution terms",
                "ordering": ("account", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("account",),
                        name="one_distribution_terms_an_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("beneficiary", ""),
                                ("decedent_born_on", None),
                                ("died_on", None),
                                ("inherited_from", ""),
                                ("spouse_choice", ""),
                            ),
                            models.Q(
                                models.Q(("beneficiary", ""), _negated=True),
                                models.Q(("inherited_from", ""), _negated=True),
                                ("decedent_born_on__isnull", False),
                                ("died_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="distribution_terms_inherited_are_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("beneficiary", "spouse"), models.Q(("spouse_choice", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("beneficiary", "spouse"), _negated=True), ("spouse_choice", "")
                            ),
                            _connector="OR",
                        ),
                        name="distribution_terms_spouse_chooses",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("died_on__isnull", True),
                            ("decedent_born_on__isnull", True),
                            ("died_on__gte", models.F("decedent_born_on")),
                            _connector="OR",
                        ),
                        name="distribution_terms_dies_after_birth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("still_working", False), ("retired_on", None), _connector="OR"),
                        name="distribution_terms_work_or_retired",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        name="distribution_terms_say_where_from",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
