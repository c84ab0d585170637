"""Facts of the tax ledger: stated gains, payments, accounts elsewhere, basis elections, origins of lots."""

from __future__ import annotations

import clients.models.columns
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

# Table, and the columns that are filled in when a row ends; everything else stays as it was entered.
ENDED = ("ended_at", "ended_by_id", "end_reason")
ENTERED = {
    "clients_statedgains": ENDED,
    "clients_estimatedtax": ENDED,
    "clients_outsideaccount": ENDED,
    "clients_basiselection": ("ends_on", "is_revoked", *ENDED),
    "clients_lotorigin": ENDED,
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
        ("clients", "0026_harvest_rebalances"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OutsideAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, help_text="Empty: it counts.", null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="oa", unique=True
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("institution", models.CharField(blank=True, max_length=120)),
                (
                    "registration",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("individual", "Individual"),
                            ("joint", "Joint"),
                            ("transfer_on_death", "Transfer on death"),
                            ("community", "Community property"),
                            ("revocable_trust", "Revocable trust"),
                            ("irrevocable_trust", "Irrevocable trust"),
                            ("traditional_ira", "Traditional IRA"),
                            ("rollover_ira", "Rollover IRA"),
                            ("sep_ira", "SEP IRA"),
                            ("simple_ira", "SIMPLE IRA"),
                            ("roth_ira", "Roth IRA"),
                            ("inherited_ira", "Inherited IRA"),
                            ("inherited_roth_ira", "Inherited Roth IRA"),
                            ("plan_401k", "401(k)"),
                            ("plan_403b", "403(b)"),
                            ("plan_457", "457"),
                            ("roth_401k", "Roth 401(k)"),
                            ("hsa", "Health savings account"),
                            ("education_529", "529 college savings"),
                            ("custodial_minor", "UTMA or UGMA"),
                            ("account_530a", "530A account"),
                            ("donor_advised_fund", "Donor-advised fund"),
                            ("charity", "Charity"),
                            ("private_foundation", "Private foundation"),
                            ("corporation", "C corporation"),
                            ("partnership", "Partnership"),
                            ("annuity", "Non-qualified annuity"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "has_statements",
                    models.BooleanField(default=False, help_text="The client sends its statements."),
                ),
                (
                    "buys",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Symbols it buys by itself: payroll, plans, reinvestment.",
                    ),
                ),
                ("declared_on", models.DateField(help_text="When the client told of it.")),
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
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outside_accounts",
                        to="clients.household",
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
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outside_accounts",
                        to="clients.person",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.outsideaccount",
                    ),
                ),
            ],
            options={
                "ordering": ("household", "name", "id"),
            },
        ),
        migrations.CreateModel(
            name="BasisElection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, help_text="Empty: it counts.", null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="be", unique=True
                    ),
                ),
                ("elected_on", models.DateField()),
                (
                    "document",
                    models.CharField(help_text="Where the written election is kept.", max_length=200),
                ),
                (
                    "ends_on",
                    models.DateField(
                        blank=True,
                        help_text="The day it was revoked or changed; empty: it stands.",
                        null=True,
                    ),
                ),
                (
                    "is_revoked",
                    models.BooleanField(
                        default=False,
                        help_text="Revoked in time, as if it had never been made; else changed for the future.",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="basis_elections",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.basiselection",
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="basis_elections",
                        to="clients.security",
                    ),
                ),
            ],
            options={
                "ordering": ("account", "security", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("account", "security"),
                        name="one_basis_election_a_fund",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("elected_on__isnull", True),
                            ("ends_on__gte", models.F("elected_on")),
                            _connector="OR",
                        ),
                        name="basis_election_ends_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EstimatedTax",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, help_text="Empty: it counts.", null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="et", unique=True
                    ),
                ),
                ("tax_year", models.PositiveSmallIntegerField()),
                (
                    "prior_tax",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Last year's total tax; empty: not known.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "prior_income",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Last year's adjusted gross income; empty: not known.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "withheld",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="Withholding expected for the whole year.",
                        max_digits=18,
                    ),
                ),
                (
                    "paid",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="Estimated payments made so far for the year.",
                        max_digits=18,
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=200)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.estimatedtax",
                    ),
                ),
                (
                    "tax_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="estimated_taxes",
                        to="clients.taxunit",
                    ),
                ),
            ],
            options={
                "ordering": ("tax_unit", "-tax_year", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("tax_unit", "tax_year"),
                        name="one_estimated_tax_a_unit_and_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_year__isnull", True),
                            models.Q(("tax_year__gte", 2000), ("tax_year__lte", 2100)),
                            _connector="OR",
                        ),
                        name="estimated_tax_year_is_plausible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("prior_tax__isnull", True),
                            models.Q(("prior_tax__gte", 0), ("prior_tax__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="estimated_tax_prior_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("prior_income__isnull", True),
                            models.Q(
                                ("prior_income__gte", Decimal("-1000000000000")),
                                ("prior_income__lte", Decimal("1000000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="estimated_tax_income_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withheld__isnull", True),
                            models.Q(("withheld__gte", 0), ("withheld__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="estimated_tax_withheld_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("paid__isnull", True),
                            models.Q(("paid__gte", 0), ("paid__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="estimated_tax_paid_bounded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LotOrigin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, help_text="Empty: it counts.", null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="lg", unique=True
                    ),
                ),
                (
                    "kind",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("gift", "Gift"),
                            ("inherited", "Inherited"),
                            ("survivor", "Joint account, survivor"),
                            ("community", "Community property, survivor"),
                        ],
                        max_length=9,
                    ),
                ),
                ("shares", models.DecimalField(decimal_places=6, max_digits=20)),
                ("happened_on", models.DateField(help_text="The day of the gift or of the death.")),
                (
                    "value",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Fair market value that day; empty: not known, for gifts only.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "alternate_value",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Six months later, where the estate elected it (IRC 2032).",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "former_basis",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="The donor's basis, or what the joint owners had.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "former_acquired_on",
                    models.DateField(blank=True, help_text="When the donor acquired it.", null=True),
                ),
                (
                    "gift_tax",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="Gift tax paid on the appreciation (IRC 1015(d)(6)).",
                        max_digits=18,
                    ),
                ),
                (
                    "basis",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="The basis that follows; for gifts, that of a gain.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                ("evidence", models.CharField(max_length=1000)),
                ("was", models.JSONField(default=dict, help_text="The lot's columns before, by name.")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="origins",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.lotorigin",
                    ),
                ),
            ],
            options={
                "ordering": ("lot", "-made_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("lot",), name="one_origin_a_lot"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("asked_by", models.F("made_by")), _negated=True),
                        name="lot_origin_is_of_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("value__isnull", True),
                            models.Q(("value__gte", 0), ("value__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="lot_origin_value_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("alternate_value__isnull", True),
                            models.Q(
                                ("alternate_value__gte", 0),
                                ("alternate_value__lte", Decimal("1000000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="lot_origin_alternate_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("former_basis__isnull", True),
                            models.Q(
                                ("former_basis__gte", 0), ("former_basis__lte", Decimal("1000000000000"))
                            ),
                            _connector="OR",
                        ),
                        name="lot_origin_former_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gift_tax__isnull", True),
                            models.Q(("gift_tax__gte", 0), ("gift_tax__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="lot_origin_gift_tax_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("basis__isnull", True),
                            models.Q(("basis__gte", 0), ("basis__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="lot_origin_basis_bounded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatedGains",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, help_text="Empty: it counts.", null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "public_id",
                    clients.models.columns.PublicIdField(
                        editable=False, max_length=32, prefix="sg", unique=True
                    ),
                ),
                ("tax_year", models.PositiveSmallIntegerField()),
                ("as_of_on", models.DateField(help_text="The last day the figure covers.")),
                (
                    "short",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="Net short-term gain or loss, after disallowed losses.",
                        max_digits=18,
                    ),
                ),
                (
                    "long",
                    models.DecimalField(
                        decimal_places=2,
                        help_text="Net long-term gain or loss, after disallowed losses.",
                        max_digits=18,
                    ),
                ),
                (
                    "disallowed",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Wash-sale loss disallowed, positive; empty: not stated.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "document",
                    models.CharField(help_text="The statement or form it is read from.", max_length=200),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stated_gains",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="clients.statedgains",
                    ),
                ),
            ],
            options={
                "ordering": ("account", "-tax_year", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("account", "tax_year"),
                        name="one_stated_gain_an_account_and_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_year__isnull", True),
                            models.Q(("tax_year__gte", 2000), ("tax_year__lte", 2100)),
                            _connector="OR",
                        ),
                        name="stated_gains_year_is_plausible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("short__isnull", True),
                            models.Q(
                                ("short__gte", Decimal("-1000000000000")),
                                ("short__lte", Decimal("1000000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="stated_gains_short_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("long__isnull", True),
                            models.Q(
                                ("long__gte", Decimal("-1000000000000")),
                                ("long__lte", Decimal("1000000000000")),
                            ),
                            _connector="OR",
                        ),
                        name="stated_gains_long_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("disallowed__isnull", True),
                            models.Q(("disallowed__gte", 0), ("disallowed__lte", Decimal("1000000000000"))),
                            _connector="OR",
                        ),
                        name="stated_gains_disallowed_bounded",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
