"""The investment policy statement (IPS): versions, targets with bands, triggers, restrictions.

An adopted version never changes: the database refuses it (see the migration that adds the trigger),
and a new version supersedes it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.households import Household
from clients.models.portfolios import ModelVersion
from clients.models.quickly import ReadQuickly
from clients.models.securities import AssetClass, Security


class Policy(models.Model):
    """One version of a household's investment policy."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        REVIEW = "review", "In review"
        APPROVED = "approved", "Approved, to be signed"
        ADOPTED = "adopted", "Adopted"
        SUPERSEDED = "superseded", "Superseded"
        DISCARDED = "discarded", "Discarded"

    SETTLED = (State.ADOPTED, State.SUPERSEDED)
    """States of a version that binds or has bound somebody."""

    class Preference(models.TextChoices):
        TIGHT = "tight", "Tight: three quarters of the usual width"
        USUAL = "usual", "Usual width"
        LOOSE = "loose", "Loose: one and a half times the usual width"

    class Discretion(models.TextChoices):
        FULL = "full", "We decide within this policy, where the account's agreement allows it"
        CONSENT = "consent", "We ask before every trade"

    class Follows(models.TextChoices):
        MODEL = "model", "The model, in the version in force"
        VERSION = "version", "One version of the model"

    class Level(models.TextChoices):
        HOUSEHOLD = "household", "Household as one portfolio"
        ACCOUNT = "account", "Each account by itself"

    class Destination(models.TextChoices):
        TARGET = "target", "To target"
        HALFWAY = "halfway", "Halfway to target"
        EDGE = "edge", "To the band's edge"

    class Look(models.TextChoices):
        DAILY = "daily", "Every market day"
        WEEKLY = "weekly", "Weekly"
        MONTHLY = "monthly", "Monthly"
        QUARTERLY = "quarterly", "Quarterly"
        SEMIANNUAL = "semiannual", "Twice a year"
        ANNUAL = "annual", "Yearly"
        ANNIVERSARY = "anniversary", "Yearly, on the policy's anniversary"

    class SoftBreach(models.TextChoices):
        AT_ONCE = "at_once", "It is traded back at the next look"
        WAITS = (
            "waits",
            "It waits for a scheduled look or for cash; beyond its hard range it is traded at once",
        )

    class OnFall(models.TextChoices):
        HARVEST = "harvest", "A look for losses worth taking, and for nothing else"
        CLASSES = "classes", "A look at the classes named, and at nothing else"

    DUE_SESSION_MAX = 15
    DUE_DAY_MAX = 28

    public_id = columns.PublicIdField("ip")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveSmallIntegerField()
    state = columns.ChoiceField(max_length=10, choices=State.choices, default=State.DRAFT)
    model = models.ForeignKey(
        ModelVersion,
        on_delete=models.PROTECT,
        related_name="policies",
        help_text="What is bought in each class: this version, or its model's version in force.",
    )
    follows = columns.ChoiceField(
        max_length=7,
        choices=Follows.choices,
        default=Follows.VERSION,
        help_text="Whether later versions of the model reach this household without a new policy.",
    )
    level = columns.ChoiceField(max_length=9, choices=Level.choices, default=Level.HOUSEHOLD)
    pooling_allowed = models.BooleanField(
        default=True, help_text="Owners agreed in writing that their accounts may be balanced together."
    )
    objectives = models.TextField()
    risk = models.CharField(max_length=200)
    equity_cap = columns.weight(
        null=True, blank=True, help_text="Largest share in stocks, looking through funds."
    )
    loss_limit = columns.weight(
        null=True,
        blank=True,
        help_text="Largest loss in a year the client can accept; empty: none was named.",
    )
    benchmark = models.CharField(max_length=200, blank=True)
    discretion = columns.ChoiceField(max_length=7, choices=Discretion.choices, default=Discretion.FULL)
    horizon_years = models.PositiveSmallIntegerField(null=True, blank=True)
    look = columns.ChoiceField(max_length=11, choices=Look.choices, default=Look.DAILY)
    calendar = columns.ChoiceField(
        max_length=11,
        choices=Look.choices,
        blank=True,
        help_text="Rebalance on a schedule too; empty: bands only.",
    )
    due_session = models.PositiveSmallIntegerField(
        default=1,
        help_text="The market day of its month on which a period begins; a later one leaves the turn of the month alone.",
    )
    due_day = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="The day of its month on which a period begins; empty: the market day.",
    )
    soft_breach = columns.ChoiceField(
        max_length=7,
        choices=SoftBreach.choices,
        default=SoftBreach.AT_ONCE,
        help_text="What follows where a class is outside its band and inside its hard range.",
    )
    sleeve_bands = models.BooleanField(
        default=False, help_text="The parts of a class have bands too, in proportion to the class's."
    )
    on_fall = columns.ChoiceField(
        max_length=7,
        choices=OnFall.choices,
        blank=True,
        help_text="The unscheduled look after a sharp fall of the market; empty: none.",
    )
    fall_classes = models.CharField(
        max_length=400, blank=True, help_text="Codes of the classes looked at after a fall, with commas."
    )
    edge_is_breach = models.BooleanField(
        default=True, help_text="A weight exactly on the band's edge is outside."
    )
    band_preference = columns.ChoiceField(
        max_length=5,
        choices=Preference.choices,
        default=Preference.USUAL,
        help_text="How wide the client wants the bands.",
    )
    sheltered_band_share = columns.weight(
        default=1,
        help_text="Width of the bands where no account is taxable, as a share of those of taxable households.",
    )
    tracking_error_limit = columns.weight(
        null=True, blank=True, help_text="Yearly tracking error that calls for a proposal; empty: none."
    )
    destination_taxable = columns.ChoiceField(
        max_length=7, choices=Destination.choices, default=Destination.HALFWAY
    )
    destination_sheltered = columns.ChoiceField(
        max_length=7, choices=Destination.choices, default=Destination.TARGET
    )
    destination_additions = columns.ChoiceField(
        max_length=7,
        choices=Destination.choices,
        blank=True,
        help_text="How far a class below its band is filled; empty: as far as one above it is trimmed.",
    )
    uses_cash_flows = models.BooleanField(
        default=True, help_text="New money and money due out rebalance first."
    )
    harvests_losses = models.BooleanField(
        default=False, help_text="The client agreed to tax-loss harvesting."
    )
    harvest_rebalances = models.BooleanField(
        default=False,
        help_text="A proposal that only takes losses may also rebalance; otherwise each loss is replaced and nothing else moves.",
    )
    short_term_gains_allowed = models.BooleanField(default=False)
    gain_budget = columns.money(
        null=True, blank=True, help_text="Net realized gain a year; empty: none agreed."
    )
    cash_reserve = columns.money(default=0, help_text="Held outside the model.")
    minimum_trade = columns.money(default=250)
    tax_guidance = models.TextField(blank=True)
    text = models.TextField(blank=True)
    starts_on = models.DateField(
        null=True, blank=True, help_text="Takes effect on this day; empty: once everybody has signed."
    )
    effective_on = models.DateField(null=True, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)
    next_review_on = models.DateField(null=True, blank=True)
    signed_by_client_on = models.DateField(null=True, blank=True)
    signed_by_advisor_on = models.DateField(null=True, blank=True)
    adopted_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Digest of what was adopted.")

    class Meta:
        ordering = ("household", "-version")
        verbose_name_plural = "policies"
        constraints = (
            columns.between("policy_equity_cap_bounded", "equity_cap", 0, 1),
            columns.between("policy_horizon_bounded", "horizon_years", 0, 100),
            columns.between("policy_loss_limit_bounded", "loss_limit", 0, 1),
            columns.between("policy_due_session_bounded", "due_session", 1, 15),
            columns.between("policy_due_day_bounded", "due_day", 1, 28),
            columns.between("policy_tracking_error_bounded", "tracking_error_limit", 0, 1),
            models.CheckConstraint(
                name="policy_sheltered_band_share_bounded",
                condition=Q(sheltered_band_share__gt=0, sheltered_band_share__lte=1),
            ),
            columns.between("policy_gain_budget_bounded", "gain_budget", 0, columns.MONEY_MAX),
            columns.between("policy_cash_reserve_bounded", "cash_reserve", 0, columns.MONEY_MAX),
            columns.between("policy_minimum_trade_bounded", "minimum_trade", 0, columns.MONEY_MAX),
            models.UniqueConstraint(name="one_policy_version", fields=("household", "version")),
            models.UniqueConstraint(
                name="one_adopted_policy_a_household", fields=("household",), condition=Q(state="adopted")
            ),
            models.CheckConstraint(
                name="adopted_policy_is_signed_and_dated",
                condition=~Q(state__in=("adopted", "superseded"))
                | Q(
                    adopted_at__isnull=False,
                    adopted_by__isnull=False,
                    effective_on__isnull=False,
                    signed_by_client_on__isnull=False,
                    signed_by_advisor_on__isnull=False,
                    fingerprint__length=64,
                ),
            ),
        )

    def __str__(self) -> str:
        return f"IPS {self.version} of {self.household}"

    @property
    def household_ref(self) -> str:
        return self.household.public_id

    @property
    def follows_model(self) -> bool:
        """Whether the policy names its model and so takes over later versions."""
        return self.follows == self.Follows.MODEL

    @property
    def model_label(self) -> str:
        """What the policy names: the model, or one version of it."""
        name = self.model.model.name
        return (
            f"{name}, in the version in force"
            if self.follows_model
            else f"{name}, version {self.model.version} only"
        )


class PolicyTarget(ReadQuickly):
    """A class of a policy: its target, its band, and the band's computed edges."""

    class BandKind(models.TextChoices):
        ABSOLUTE = "absolute", "Percentage points"
        RELATIVE = "relative", "Share of the target"
        NARROWER = "narrower", "Narrower of points and share"
        WIDER = "wider", "Wider of points and share"
        VOLATILITY = "volatility", "Scaled by volatility: the same chance of a breach for every class"
        RISK = "risk", "Scaled by risk: narrower for what moves more"
        CASH = "cash", "Cash: a minimum, and points above the target"
        ASYMMETRIC = "asymmetric", "Own low and high"

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="targets")
    asset_class = models.ForeignKey(AssetClass, on_delete=models.PROTECT, related_name="policy_targets")
    weight_target = columns.weight()
    band_kind = columns.ChoiceField(max_length=10, choices=BandKind.choices)
    band_points = columns.weight(
        null=True, blank=True, help_text="Half width as a fraction of the portfolio."
    )
    band_share = columns.weight(null=True, blank=True, help_text="Half width as a fraction of the target.")
    band_multiple = columns.weight(
        null=True,
        blank=True,
        help_text="Standard deviations between two looks, for bands scaled by volatility.",
    )
    band_risk = columns.weight(
        null=True, blank=True, help_text="Yearly tracking error the class may add, for bands scaled by risk."
    )
    relative_volatility = columns.weight(
        null=True,
        blank=True,
        help_text="Yearly volatility of the class against the rest, as it was assumed for this version.",
    )
    benchmark = models.CharField(max_length=120, blank=True)
    weight_lower = columns.weight(help_text="The band's lower edge, computed when the version is adopted.")
    weight_upper = columns.weight(help_text="The band's upper edge, computed when the version is adopted.")
    sheltered_lower = columns.weight(
        null=True, blank=True, help_text="The lower edge where no account is taxable; empty: the same."
    )
    sheltered_upper = columns.weight(
        null=True, blank=True, help_text="The upper edge where no account is taxable; empty: the same."
    )
    hard_lower = columns.weight(null=True, blank=True, help_text="The range that trades must never leave.")
    hard_upper = columns.weight(null=True, blank=True, help_text="The range that trades must never leave.")

    class Meta:
        ordering = ("policy", "asset_class__position")
        constraints = (
            models.UniqueConstraint(name="one_target_a_class", fields=("policy", "asset_class")),
            columns.between("policy_target_bounded", "weight_target", 0, 1),
            columns.between("policy_band_points_bounded", "band_points", 0, 1),
            columns.between("policy_band_share_bounded", "band_share", 0, 1),
            models.CheckConstraint(
                name="policy_band_holds_its_target",
                condition=Q(
                    weight_lower__gte=0,
                    weight_lower__lte=models.F("weight_target"),
                    weight_upper__gte=models.F("weight_target"),
                    weight_upper__lte=1,
                ),
            ),
            columns.between("policy_band_multiple_bounded", "band_multiple", 0, 10),
            columns.between("policy_band_risk_bounded", "band_risk", 0, 1),
            columns.between("policy_relative_volatility_bounded", "relative_volatility", 0, 3),
            models.CheckConstraint(
                name="policy_sheltered_band_holds_its_target",
                condition=Q(sheltered_lower=None, sheltered_upper=None)
                | Q(
                    sheltered_lower__gte=models.F("weight_lower"),
                    sheltered_lower__lte=models.F("weight_target"),
                    sheltered_upper__gte=models.F("weight_target"),
                    sheltered_upper__lte=models.F("weight_upper"),
                ),
            ),
            models.CheckConstraint(
                name="policy_hard_range_holds_the_band",
                condition=(
                    Q(hard_lower=None) | Q(hard_lower__lte=models.F("weight_lower"), hard_lower__gte=0)
                )
                & (Q(hard_upper=None) | Q(hard_upper__gte=models.F("weight_upper"), hard_upper__lte=1)),
            ),
        )


class PolicyRestriction(models.Model):
    """What this client forbids, with its scope and its reason."""

    class Kind(models.TextChoices):
        DO_NOT_BUY = "do_not_buy", "Do not buy"
        DO_NOT_SELL = "do_not_sell", "Do not sell"
        CAP = "cap", "No more than"

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="restrictions")
    kind = columns.ChoiceField(max_length=11, choices=Kind.choices)
    security = models.ForeignKey(
        Security, null=True, blank=True, on_delete=models.PROTECT, related_name="restrictions"
    )
    issuer = models.CharField(max_length=120, blank=True)
    sector = models.CharField(max_length=60, blank=True)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="restrictions"
    )
    weight_cap = columns.weight(null=True, blank=True)
    reason = models.CharField(max_length=200)
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("policy", "kind", "id")
        constraints = (
            columns.between("policy_restriction_cap_bounded", "weight_cap", 0, 1),
            models.CheckConstraint(
                name="policy_restriction_names_something",
                condition=Q(security__isnull=False) | ~Q(issuer="") | ~Q(sector=""),
            ),
            models.CheckConstraint(
                name="policy_cap_has_a_weight", condition=~Q(kind="cap") | Q(weight_cap__isnull=False)
            ),
        )
