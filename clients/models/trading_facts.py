"""What keeps a client's accounts from a trade: who is an insider of what, approved products, arranged trades."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from clients.models import columns
from clients.models.accounts import Account
from clients.models.entered import Entered
from clients.models.households import Household, Person
from clients.models.securities import Security


class Insider(Entered):
    """A person of a household who is an insider, affiliate or control person of an issuer."""

    class Role(models.TextChoices):
        DIRECTOR = "director", "Director"
        OFFICER = "officer", "Officer"
        OWNER = "owner", "Owner of more than 10%"
        AFFILIATE = "affiliate", "Affiliate or control person"
        EMPLOYEE = "employee", "Employee with a trading window"

    public_id = columns.PublicIdField("in")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="insider_of")
    issuer = models.CharField(max_length=120, help_text="As the securities on record name it.")
    role = columns.ChoiceField(max_length=9, choices=Role.choices)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The last day; empty: still.")
    source = models.CharField(max_length=200, help_text="The client's questionnaire or letter, with its day.")

    class Meta:
        ordering = ("person", "issuer", "-id")
        constraints = (
            columns.in_order("insider_ends_after_the_start", "starts_on", "ends_on"),
            models.UniqueConstraint(
                name="one_role_a_person_and_issuer",
                fields=("person", "issuer", "role"),
                condition=Q(ended_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display().lower()} of {self.issuer}"

    def in_force(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class InsiderWindow(Entered):
    """Days on which an insider may not trade, or may: a blackout, a pre-clearance, a Rule 144 or Rule 10b5-1 window."""

    class Kind(models.TextChoices):
        BLACKOUT = "blackout", "Blackout"
        CLEARANCE = "clearance", "Pre-cleared by the issuer"
        RULE_144 = "rule_144", "Rule 144 sale"
        PLAN = "plan", "Rule 10b5-1 plan"

    public_id = columns.PublicIdField("iw")
    insider = models.ForeignKey(Insider, on_delete=models.PROTECT, related_name="windows")
    kind = columns.ChoiceField(max_length=9, choices=Kind.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    shares_max = columns.shares(
        null=True, blank=True, help_text="The most shares that may be traded in it; empty: no limit."
    )
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("insider", "-starts_on", "-id")
        constraints = (
            columns.in_order("insider_window_ends_after_the_start", "starts_on", "ends_on"),
            columns.between("insider_window_shares_bounded", "shares_max", 0, columns.SHARES_MAX),
            models.CheckConstraint(
                name="blackout_has_no_shares", condition=~Q(kind="blackout") | Q(shares_max=None)
            ),
        )

    def in_force(self, on: date) -> bool:
        return self.starts_on <= on <= self.ends_on


class ProductApproval(Entered):
    """That a client may hold a complex product: of a kind, or one security."""

    public_id = columns.PublicIdField("ap")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="product_approvals")
    product = columns.ChoiceField(
        max_length=13, choices=[one for one in Security.Product.choices if one[0] not in ("", "plain")]
    )
    security = models.ForeignKey(
        Security, null=True, blank=True, on_delete=models.PROTECT, related_name="product_approvals"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True, help_text="The last day; empty: until it is ended.")
    reason = models.CharField(max_length=300, help_text="Why it suits this client.")

    class Meta:
        ordering = ("household", "product", "-id")
        constraints = (
            columns.in_order("product_approval_ends_after_the_start", "starts_on", "ends_on"),
            models.CheckConstraint(name="product_approval_says_why", condition=~Q(reason="")),
        )

    def in_force(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class ArrangedTrade(Entered):
    """A trade that does not go to the market: against the firm, an affiliate or another client."""

    class Counterparty(models.TextChoices):
        FIRM = "firm", "The firm itself (principal)"
        AFFILIATE = "affiliate", "An affiliate of the firm"
        CLIENT = "client", "Another client (cross)"

    class Side(models.TextChoices):
        BUY = "buy", "Buy"
        SELL = "sell", "Sell"

    public_id = columns.PublicIdField("ar")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="arranged_trades")
    security = models.ForeignKey(Security, on_delete=models.PROTECT, related_name="arranged_trades")
    side = columns.ChoiceField(max_length=4, choices=Side.choices)
    counterparty = columns.ChoiceField(max_length=9, choices=Counterparty.choices)
    other_account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The other client's account, for a cross.",
    )
    trade_on = models.DateField()
    disclosed_on = models.DateField(null=True, blank=True, help_text="Written disclosure of this trade.")
    consented_on = models.DateField(null=True, blank=True, help_text="The client's consent to this trade.")
    document = models.CharField(
        max_length=200, blank=True, help_text="Where disclosure and consent are kept."
    )

    class Meta:
        ordering = ("-trade_on", "account", "-id")
        constraints = (
            models.CheckConstraint(
                name="arranged_trade_names_the_other_client",
                condition=Q(counterparty="client", other_account__isnull=False)
                | (~Q(counterparty="client") & Q(other_account=None)),
            ),
            models.CheckConstraint(
                name="arranged_trade_has_two_accounts",
                condition=Q(other_account=None) | ~Q(other_account=models.F("account")),
            ),
            models.UniqueConstraint(
                name="one_arranged_trade_a_day",
                fields=("account", "security", "side", "trade_on"),
                condition=Q(ended_at=None),
            ),
        )

    @property
    def household_ref(self) -> str:
        return self.account.household.public_id
