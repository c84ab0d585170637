"""Cash flows, holds and life events can be corrected, ended and renewed; bindings and numbers keep their history."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clients.encryption
import clients.models.columns

# Table, and the columns that are filled in later; everything else stays as it was entered.
ENTERED = {
    "clients_hold": ("lifted_at", "lifted_by_id", "lift_reason", "expired_at"),
    "clients_cashflow": ("done_on", "done_by_id", "cancelled_at", "cancelled_by_id", "cancel_reason"),
    "clients_cashflowrule": ("ended_at", "ended_by_id", "end_reason"),
    "clients_lifeevent": (
        *("resolved_on", "resolved_by_id", "resolution"),
        *("cancelled_at", "cancelled_by_id", "cancel_reason"),
    ),
    "clients_accountbinding": ("ended_at", "ended_by_id", "end_reason"),
    # Encrypted again under a new key; its digest stays.
    "clients_formernumber": ("number",),
}
BEFORE = {
    "clients_hold": ("lifted_at", "lifted_by_id"),
    "clients_cashflow": ("done_on", "cancelled_at"),
    "clients_lifeevent": ("resolved_on",),
}


def entered(columns: dict[str, tuple[str, ...]]) -> str:
    return "".join(
        f"CREATE TRIGGER entered_stays BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION clients_entered_stays({', '.join(repr(one) for one in listed)});"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER entered_stays;"
        for table, listed in columns.items()
    )


def dropped(tables: Iterable[str]) -> str:
    return "".join(f"DROP TRIGGER IF EXISTS entered_stays ON {table};" for table in tables)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0010_file_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CashFlowRule",
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
                        editable=False, max_length=32, prefix="cr", unique=True
                    ),
                ),
                (
                    "kind",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("contribution", "Contribution"),
                            ("withdrawal", "Withdrawal"),
                            ("distribution", "Required distribution"),
                            ("fee", "Fee"),
                            ("tax", "Tax payment"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, help_text="Signed: negative leaves the account.", max_digits=18
                    ),
                ),
                (
                    "every",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("month", "Every month"),
                            ("quarter", "Every three months"),
                            ("year", "Every year"),
                        ],
                        max_length=7,
                    ),
                ),
                (
                    "day",
                    models.PositiveSmallIntegerField(
                        help_text="Day of the month; the last day of a month that is shorter."
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(
                        help_text="The month of the first occurrence; none falls before this day."
                    ),
                ),
                ("until_on", models.DateField(blank=True, null=True)),
                (
                    "count",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="How many times; empty: no limit.", null=True
                    ),
                ),
                (
                    "moved",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("before", "to the business day before"),
                            ("after", "to the next business day"),
                        ],
                        help_text="Where an occurrence on a day without business goes.",
                        max_length=6,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("entered_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ("account", "starts_on", "id"),
            },
        ),
        migrations.CreateModel(
            name="FormerNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "custodian",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("schwab", "Schwab"),
                            ("fidelity", "Fidelity"),
                            ("ibkr", "Interactive Brokers"),
                            ("vanguard", "Vanguard"),
                            ("house", "House format"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "number",
                    clients.encryption.EncryptedTextField(help_text="The whole account number, encrypted."),
                ),
                (
                    "number_index",
                    models.CharField(
                        help_text="Keyed digest of the number, for equality search.", max_length=64
                    ),
                ),
                ("number_last4", models.CharField(max_length=4)),
                (
                    "why",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("moved", "Moved to another custodian"),
                            ("changed", "The custodian changed the number"),
                            ("corrected", "It was recorded wrongly"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "until_on",
                    models.DateField(help_text="The first day on which the account had the next number."),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("account", "changed_at"),
            },
        ),
        migrations.AlterModelOptions(
            name="accountbinding",
            options={"ordering": ("custodian", "mask", "bound_at")},
        ),
        migrations.RemoveConstraint(
            model_name="accountbinding",
            name="one_account_a_mask",
        ),
        migrations.AddField(
            model_name="accountbinding",
            name="end_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="accountbinding",
            name="ended_at",
            field=models.DateTimeField(blank=True, help_text="Empty: it is in force.", null=True),
        ),
        migrations.AddField(
            model_name="accountbinding",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cashflow",
            name="cancel_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="cashflow",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cashflow",
            name="done_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cashflow",
            name="occurs_on",
            field=models.DateField(
                blank=True, help_text="The rule's own day, before it was moved to a business day.", null=True
            ),
        ),
        migrations.AddField(
            model_name="cashflow",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                help_text="The row that this one corrects.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="clients.cashflow",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="expired_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When its end was put on the trail; it ended with its last day.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="lift_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="hold",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                help_text="The hold that this one renews or corrects.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="clients.hold",
            ),
        ),
        migrations.AddField(
            model_name="lifeevent",
            name="cancel_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="lifeevent",
            name="cancelled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="lifeevent",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lifeevent",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                help_text="The row that this one corrects.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="clients.lifeevent",
            ),
        ),
        migrations.AddField(
            model_name="lifeevent",
            name="resolution",
            field=models.CharField(
                blank=True, help_text="What ended it: a policy, or a person's reason.", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="lifeevent",
            name="resolved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="accountbinding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("custodian", "mask", "label"),
                name="one_account_a_mask",
            ),
        ),
        migrations.AddConstraint(
            model_name="lifeevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("resolved_on", None), ("cancelled_at", None), _connector="OR"),
                name="life_event_is_resolved_or_cancelled",
            ),
        ),
        migrations.AddField(
            model_name="cashflowrule",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cash_flow_rules",
                to="clients.account",
            ),
        ),
        migrations.AddField(
            model_name="cashflowrule",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cashflowrule",
            name="entered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cashflowrule",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="clients.cashflowrule",
            ),
        ),
        migrations.AddField(
            model_name="cashflow",
            name="rule",
            field=models.ForeignKey(
                blank=True,
                help_text="The recurring rule it was made by, if any.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="flows",
                to="clients.cashflowrule",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflow",
            constraint=models.CheckConstraint(
                condition=models.Q(("done_on", None), ("cancelled_at", None), _connector="OR"),
                name="cash_flow_is_done_or_cancelled",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("occurs_on", None), ("rule", None)),
                    models.Q(("occurs_on__isnull", False), ("rule__isnull", False)),
                    _connector="OR",
                ),
                name="cash_flow_of_a_rule_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaces", None), ("rule__isnull", False)),
                fields=("rule", "occurs_on"),
                name="one_cash_flow_an_occurrence",
            ),
        ),
        migrations.AddField(
            model_name="formernumber",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="former_numbers",
                to="clients.account",
            ),
        ),
        migrations.AddField(
            model_name="formernumber",
            name="changed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflowrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__isnull", True),
                    models.Q(
                        ("amount__gte", Decimal("-1000000000000")), ("amount__lte", Decimal("1000000000000"))
                    ),
                    _connector="OR",
                ),
                name="cash_flow_rule_amount_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflowrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("day__isnull", True), models.Q(("day__gte", 1), ("day__lte", 31)), _connector="OR"
                ),
                name="cash_flow_rule_day_of_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflowrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("count__isnull", True), models.Q(("count__gte", 1), ("count__lte", 600)), _connector="OR"
                ),
                name="cash_flow_rule_count_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflowrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until_on__isnull", True),
                    ("starts_on__isnull", True),
                    ("until_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="cash_flow_rule_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="cashflowrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind", "contribution")),
                    models.Q(models.Q(("kind", "contribution"), _negated=True), ("amount__lt", 0)),
                    _connector="OR",
                ),
                name="cash_flow_rule_sign_follows_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="formernumber",
            index=models.Index(fields=["number_index"], name="former_numbers_by_index"),
        ),
        migrations.RunSQL(
            dropped(BEFORE) + entered(ENTERED),
            dropped(ENTERED) + entered(BEFORE),
        ),
    ]
