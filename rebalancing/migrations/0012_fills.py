"""What brokers reported, allocations, executed lots, breaks and trade errors: rows that only grow."""

from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import clients.models.columns

# The columns of each table that may still change; see 0002_immutable.
STAYS = {
    "fill": ("block_id", "order_id", "matched_at", "matched_by_id"),
    "allocation": (),
    "allocationpart": (),
    "executedlot": (),
    "break": (
        *("sentence", "ours", "theirs", "last_on", "owner_id"),
        *("ending", "ended_at", "ended_by_id", "end_reason"),
    ),
    "tradeerror": (
        *("correction", "corrected_on", "effect", "paid", "paid_on", "corrected_by_id", "corrected_at"),
        *("approved_by_id", "approved_at", "withdrawn_at", "withdrawn_by_id", "withdraw_reason"),
    ),
}


def stays(table: str, changeable: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{column}'" for column in changeable)
    return (
        f"CREATE TRIGGER history_stays BEFORE UPDATE OR DELETE ON rebalancing_{table} FOR EACH ROW "
        f"EXECUTE FUNCTION rebalancing_history_stays({listed});"
        f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER history_stays;"
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_{table} FOR EACH STATEMENT "
        "EXECUTE FUNCTION compliance_refuse_change();"
        f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER never_truncated;"
    )


FORWARD = "".join(stays(table, changeable) for table, changeable in STAYS.items())
BACK = "".join(
    f"DROP TRIGGER history_stays ON rebalancing_{table}; DROP TRIGGER never_truncated ON rebalancing_{table};"
    for table in STAYS
)


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0029_triggers_of_policies"),
        ("rebalancing", "0011_blocks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Allocation",
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
                        editable=False, max_length=32, prefix="ln", unique=True
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6,
                        help_text="All that was filled, what is beyond the order too.",
                        max_digits=20,
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2, help_text="Paid or received for it, to the cent.", max_digits=18
                    ),
                ),
                ("cost", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                (
                    "average_price",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True),
                ),
                (
                    "excess_quantity",
                    models.DecimalField(
                        decimal_places=6,
                        default=0,
                        help_text="Filled beyond the order: the firm's, not a client's.",
                        max_digits=20,
                    ),
                ),
                ("excess_amount", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                (
                    "minimum",
                    models.DecimalField(
                        decimal_places=6,
                        default=0,
                        help_text="Who would have got less got nothing.",
                        max_digits=20,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="Why it is not pro rata.", max_length=500)),
                ("made_at", models.DateTimeField()),
                (
                    "block",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="rebalancing.block",
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
            ],
            options={
                "ordering": ("block", "number"),
            },
        ),
        migrations.CreateModel(
            name="AllocationPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=20)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("cost", models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="rebalancing.allocation",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocation_parts",
                        to="rebalancing.order",
                    ),
                ),
            ],
            options={
                "ordering": ("allocation", "order"),
            },
        ),
        migrations.CreateModel(
            name="ExecutedLot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("traded_on", models.DateField()),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=20)),
                ("proceeds", models.DecimalField(decimal_places=2, max_digits=18)),
                (
                    "basis",
                    models.DecimalField(
                        blank=True, decimal_places=2, help_text="Empty: unknown.", max_digits=18, null=True
                    ),
                ),
                (
                    "disallowed",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        help_text="Part of a loss that the wash-sale rule disallows; positive.",
                        max_digits=18,
                    ),
                ),
                ("term", models.CharField(blank=True, max_length=7)),
                ("entered_at", models.DateTimeField()),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executed_lots",
                        to="rebalancing.allocation",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executed",
                        to="clients.taxlot",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="executed_lots",
                        to="rebalancing.order",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="rebalancing.executedlot",
                    ),
                ),
            ],
            options={
                "ordering": ("order", "id"),
            },
        ),
        migrations.CreateModel(
            name="Fill",
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
                        editable=False, max_length=32, prefix="fl", unique=True
                    ),
                ),
                (
                    "broker",
                    models.CharField(
                        help_text="The name of the FIX session, or the custodian.", max_length=40
                    ),
                ),
                (
                    "account_ref",
                    models.CharField(blank=True, help_text="Ours; empty: of the whole block.", max_length=32),
                ),
                ("trade_on", models.DateField()),
                ("exec_id", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64)),
                (
                    "reference",
                    models.CharField(
                        blank=True, help_text="The order it names, as it names it.", max_length=120
                    ),
                ),
                (
                    "kind",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("acknowledged", "Acknowledged"),
                            ("fill", "Fill"),
                            ("done_for_day", "Done for the day"),
                            ("canceled", "Canceled"),
                            ("replaced", "Replaced"),
                            ("rejected", "Rejected"),
                            ("expired", "Expired"),
                            ("corrected", "Correction"),
                            ("busted", "Bust"),
                            ("cancel_rejected", "Cancel refused"),
                        ],
                        max_length=15,
                    ),
                ),
                ("symbol", models.CharField(blank=True, max_length=40)),
                ("side", models.CharField(blank=True, max_length=10)),
                (
                    "quantity",
                    models.DecimalField(
                        decimal_places=6, default=0, help_text="Of this execution.", max_digits=20
                    ),
                ),
                ("price", models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                (
                    "cumulative",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        help_text="The broker's own count after it.",
                        max_digits=20,
                        null=True,
                    ),
                ),
                ("leaves", models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                (
                    "corrects",
                    models.CharField(
                        blank=True, help_text="The execution id that it takes back.", max_length=120
                    ),
                ),
                ("broker_order", models.CharField(blank=True, max_length=120)),
                ("text", models.CharField(blank=True, max_length=500)),
                ("transacted_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("parked_because", models.CharField(blank=True, max_length=300)),
                ("matched_at", models.DateTimeField(blank=True, null=True)),
                (
                    "block",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fills",
                        to="rebalancing.block",
                    ),
                ),
                (
                    "matched_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where the broker knows single accounts.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fills",
                        to="rebalancing.order",
                    ),
                ),
            ],
            options={
                "ordering": ("transacted_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="Break",
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
                        editable=False, max_length=32, prefix="bk", unique=True
                    ),
                ),
                (
                    "queue",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("positions", "Positions"),
                            ("cash", "Cash"),
                            ("lots", "Lots and basis"),
                            ("fills", "Fills"),
                        ],
                        max_length=9,
                    ),
                ),
                ("cause", models.CharField(help_text="What kind of difference, as a code.", max_length=40)),
                (
                    "about",
                    models.CharField(
                        help_text="What it is about: the same difference has the same.", max_length=160
                    ),
                ),
                ("sentence", models.TextField()),
                ("ours", models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ("theirs", models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ("found_on", models.DateField()),
                ("last_on", models.DateField(help_text="The last day on which it was found.")),
                (
                    "ending",
                    clients.models.columns.ChoiceField(
                        blank=True,
                        choices=[
                            ("gone", "The difference is gone"),
                            ("matched", "Matched"),
                            ("split", "Split"),
                            ("reversed", "Reversed"),
                            ("explained", "Explained"),
                        ],
                        max_length=9,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=500)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="clients.account",
                    ),
                ),
                (
                    "block",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="rebalancing.block",
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
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="rebalancing.order",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="rebalancing.break",
                    ),
                ),
                (
                    "security",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clients.security",
                    ),
                ),
                (
                    "fill",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaks",
                        to="rebalancing.fill",
                    ),
                ),
            ],
            options={
                "ordering": ("found_on", "id"),
            },
        ),
        migrations.CreateModel(
            name="Reconciled",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of_on", models.DateField()),
                ("book", models.JSONField(default=dict)),
                (
                    "breaks",
                    models.PositiveIntegerField(default=0, help_text="How many were found on that day."),
                ),
                ("reconciled_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reconciled_days",
                        to="clients.account",
                    ),
                ),
            ],
            options={
                "ordering": ("account", "-as_of_on", "-id"),
            },
        ),
        migrations.CreateModel(
            name="TradeError",
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
                        editable=False, max_length=32, prefix="er", unique=True
                    ),
                ),
                (
                    "cause",
                    clients.models.columns.ChoiceField(
                        choices=[
                            ("wrong_security", "Wrong security"),
                            ("wrong_side", "Bought instead of sold, or the reverse"),
                            ("wrong_quantity", "Wrong quantity"),
                            ("wrong_account", "Wrong account"),
                            ("wrong_lot", "Wrong lot"),
                            ("late", "Too late, or not at all"),
                            ("twice", "Twice"),
                            ("other", "Other"),
                        ],
                        max_length=14,
                    ),
                ),
                ("happened_on", models.DateField()),
                ("description", models.CharField(max_length=1000)),
                ("made_at", models.DateTimeField()),
                (
                    "correction",
                    models.CharField(
                        blank=True, help_text="What was traded or booked to undo it.", max_length=1000
                    ),
                ),
                ("corrected_on", models.DateField(blank=True, null=True)),
                (
                    "effect",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="On the client, once corrected; a loss is negative. Empty: not known.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                (
                    "paid",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="By the firm, to make the client whole.",
                        max_digits=18,
                        null=True,
                    ),
                ),
                ("paid_on", models.DateField(blank=True, null=True)),
                ("corrected_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdraw_reason", models.CharField(blank=True, max_length=300)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trade_errors",
                        to="clients.account",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "corrected_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trade_errors",
                        to="rebalancing.order",
                    ),
                ),
                (
                    "withdrawn_by",
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
                "ordering": ("-happened_on", "-id"),
            },
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.UniqueConstraint(fields=("block", "number"), name="one_allocation_a_number"),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(("minimum", 0), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="allocation_with_a_minimum_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gte", 0), ("cost__gte", 0), ("excess_quantity__gte", 0), ("quantity__gte", 0)
                ),
                name="allocation_is_of_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="allocationpart",
            constraint=models.UniqueConstraint(fields=("allocation", "order"), name="one_part_an_order"),
        ),
        migrations.AddConstraint(
            model_name="allocationpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gte", 0), ("cost__gte", 0), ("quantity__gte", 0)),
                name="part_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="executedlot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quantity__gt", 0), ("reverses", None)),
                    models.Q(("quantity__lt", 0), ("reverses__isnull", False)),
                    _connector="OR",
                ),
                name="executed_lot_is_an_entry",
            ),
        ),
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(
                condition=models.Q(("block", None)), fields=["received_at"], name="parked_fills"
            ),
        ),
        migrations.AddConstraint(
            model_name="fill",
            constraint=models.UniqueConstraint(
                fields=("broker", "account_ref", "trade_on", "exec_id", "digest"), name="one_fill_a_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="fill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__isnull", True),
                    models.Q(
                        ("quantity__gte", Decimal("-1000000000000")),
                        ("quantity__lte", Decimal("1000000000000")),
                    ),
                    _connector="OR",
                ),
                name="fill_quantity_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="fill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("price__isnull", True),
                    models.Q(("price__gte", Decimal("-100000000")), ("price__lte", Decimal("100000000"))),
                    _connector="OR",
                ),
                name="fill_price_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="fill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("block__isnull", False), ("matched_at__isnull", False)),
                    models.Q(
                        ("block", None),
                        ("matched_at", None),
                        ("order", None),
                        models.Q(("parked_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="fill_is_known_or_parked",
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("queue", "about"),
                name="one_open_break_a_difference",
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("found_on"))), name="break_is_found_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="break",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ending", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("ending", ""), _negated=True)),
                    _connector="OR",
                ),
                name="break_ends_somehow",
            ),
        ),
        migrations.AddIndex(
            model_name="reconciled",
            index=models.Index(fields=["account", "-as_of_on"], name="reconciled_days"),
        ),
        migrations.AddConstraint(
            model_name="tradeerror",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_at", None),
                    models.Q(("effect__gte", 0), ("paid", 0)),
                    models.Q(
                        ("effect__lt", 0),
                        (
                            "paid",
                            django.db.models.expressions.CombinedExpression(
                                models.F("effect"), "*", models.Value(-1)
                            ),
                        ),
                        ("paid_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="trade_error_makes_the_client_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="tradeerror",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(("approved_by", models.F("corrected_by")), _negated=True),
                    _connector="OR",
                ),
                name="trade_error_is_approved_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="tradeerror",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_at", None),
                    models.Q(("corrected_at__isnull", False), ("effect__isnull", False)),
                    _connector="OR",
                ),
                name="trade_error_is_corrected_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="tradeerror",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdraw_reason", ""), ("withdrawn_at", None)),
                    models.Q(
                        ("withdrawn_at__isnull", False), models.Q(("withdraw_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="trade_error_withdrawn_says_why",
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
