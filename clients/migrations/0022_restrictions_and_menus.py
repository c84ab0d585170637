"""Clients' restrictions outside the policy, and employers' plans with their menus."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# Table, and the columns that are filled in later; everything else stays as it was entered.
ENTERED = {
    "clients_clientrestriction": ("cancelled_at", "cancelled_by_id", "cancel_reason", "expired_at"),
    "clients_employerplan": ("name", "source", "retired_at", "retired_by_id", "retire_reason"),
    "clients_planfund": ("ended_at", "ended_by_id", "end_reason"),
    "clients_planaccount": ("ended_at", "ended_by_id", "end_reason"),
}
FORWARD = "".join(
    f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {table}"
    f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({', '.join(repr(one) for one in listed)});"
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays;"
    for table, listed in ENTERED.items()
)
BACK = "".join(f"DROP TRIGGER IF EXISTS entered_stays ON {table};" for table in ENTERED)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0021_final_filer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EmployerPlan",
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
                        editable=False, max_length=32, prefix="ep", unique=True
                    ),
                ),
                (
                    "code",
                    models.SlugField(
                        help_text="The firm's own short code of the plan.", max_length=32, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "source",
                    models.CharField(
                        help_text="The plan's document with the list of its funds.", max_length=200
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("retire_reason", models.CharField(blank=True, max_length=200)),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "retired_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
            },
        ),
        migrations.CreateModel(
            name="ClientRestriction",
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
                        editable=False, max_length=32, prefix="rs", unique=True
                    ),
                ),
                (
                    "kind",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("do_not_buy", "Never buy"),
                            ("do_not_sell", "Do not sell"),
                            ("keep", "Keep until a day"),
                            ("cap", "No more than"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "issuers",
                    models.JSONField(blank=True, default=list, help_text="One company, or a list of them."),
                ),
                ("sector", models.CharField(blank=True, max_length=60)),
                (
                    "weight_cap",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="The most, as a share of the household.",
                        max_digits=9,
                        null=True,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("asked_by", models.CharField(help_text="Who asked for it.", max_length=120)),
                ("asked_on", models.DateField(help_text="When they asked.")),
                (
                    "document",
                    models.CharField(blank=True, help_text="Where the paper is kept.", max_length=200),
                ),
                ("starts_on", models.DateField()),
                (
                    "ends_on",
                    models.DateField(
                        blank=True, help_text="The last day; empty: until it is cancelled.", null=True
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=200)),
                (
                    "expired_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When its end was put on the trail; it ended with its last day.",
                        null=True,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="client_restrictions",
                        to="clients.account",
                    ),
                ),
                (
                    "asset_class",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="client_restrictions",
                        to="clients.assetclass",
                    ),
                ),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="client_restrictions",
                        to="clients.household",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="client_restrictions",
                        to="clients.taxlot",
                    ),
                ),
                (
                    "made_by",
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
                        help_text="The restriction that this one changes.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.clientrestriction",
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="client_restrictions",
                        to="clients.security",
                    ),
                ),
            ],
            options={
                "ordering": ("household", "kind", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("starts_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="client_restriction_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weight_cap__isnull", True),
                            models.Q(("weight_cap__gte", 0), ("weight_cap__lte", 1)),
                            _connector="OR",
                        ),
                        name="client_restriction_cap_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account", None), ("kind", "cap"), ("weight_cap__isnull", False)),
                            models.Q(models.Q(("kind", "cap"), _negated=True), ("weight_cap", None)),
                            _connector="OR",
                        ),
                        name="client_restriction_cap_has_its_weight",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("asset_class", None),
                                ("issuers", []),
                                ("lot__isnull", False),
                                ("sector", ""),
                                ("security", None),
                            ),
                            models.Q(
                                ("asset_class", None),
                                ("issuers", []),
                                ("lot", None),
                                ("sector", ""),
                                ("security__isnull", False),
                            ),
                            models.Q(
                                ("asset_class", None),
                                ("lot", None),
                                ("sector", ""),
                                ("security", None),
                                models.Q(("issuers", []), _negated=True),
                            ),
                            models.Q(
                                ("asset_class", None),
                                ("issuers", []),
                                ("lot", None),
                                ("security", None),
                                models.Q(("sector", ""), _negated=True),
                            ),
                            models.Q(
                                ("asset_class__isnull", False),
                                ("issuers", []),
                                ("lot", None),
                                ("sector", ""),
                                ("security", None),
                            ),
                            _connector="OR",
                        ),
                        name="client_restriction_names_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lot", None),
                            models.Q(("account__isnull", False), ("kind__in", ("do_not_sell", "keep"))),
                            _connector="OR",
                        ),
                        name="client_restriction_of_a_lot_keeps_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "keep"), _negated=True),
                            ("ends_on__isnull", False),
                            _connector="OR",
                        ),
                        name="client_restriction_keeps_until_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("asked_by", ""), _negated=True)
                        ),
                        name="client_restriction_says_why_and_who",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cancelled_at", None), ("expired_at", None), _connector="OR"),
                        name="client_restriction_ends_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_accounts",
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
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="clients.employerplan",
                    ),
                ),
            ],
            options={
                "ordering": ("plan", "account"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("account",),
                        name="one_plan_an_account",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanFund",
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
                        editable=False, max_length=32, prefix="pf", unique=True
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, help_text="Its last day on the menu.", null=True)),
                (
                    "closed_on",
                    models.DateField(
                        blank=True,
                        help_text="Closed to new money from this day; what is held may stay.",
                        null=True,
                    ),
                ),
                (
                    "weight_min",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="The least share of the account that the plan lets the fund have.",
                        max_digits=9,
                        null=True,
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
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
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="funds",
                        to="clients.employerplan",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.planfund",
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_funds",
                        to="clients.security",
                    ),
                ),
            ],
            options={
                "ordering": ("plan", "security__symbol", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("starts_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="plan_fund_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("weight_min__isnull", True),
                            models.Q(("weight_min__gte", 0), ("weight_min__lte", 1)),
                            _connector="OR",
                        ),
                        name="plan_fund_minimum_bounded",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("plan", "security"),
                        name="one_line_a_fund_of_a_plan",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
