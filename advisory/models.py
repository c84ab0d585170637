"""The firm's people and the roles granted to them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from clients.encryption import EncryptedTextField
from compliance import public_ids
from compliance.models import AuditEvent, ExaminerAccess
from compliance.people.roles import GRANTED_ROLES, Role


class UserManager(BaseUserManager["User"]):
    """Finds people by their e-mail address, in whatever case they type it."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in by e-mail: staff of the firm or a client.

    There are no permission rows and no superuser. What a person may do follows from the roles. Whoever is invited
    is not active until they have set a password, so that nobody waits for a decision of theirs.
    """

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)
    sessions_ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Sessions that began before this moment are over."
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique_in_any_case"),
            models.CheckConstraint(name="user_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="user_who_left_is_not_active", condition=Q(deactivated_at=None) | Q(is_active=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def role_names(self) -> frozenset[str]:
        """The roles held now, queried once for each loaded user."""
        if not hasattr(self, "_role_names"):
            granted = self.role_grants.filter(revoked_at=None).values_list("role", flat=True)
            # One statement for both, since every request asks. An examiner's role is held while an access stands.
            examines = ExaminerAccess.objects.of(self.pk).values_list(Value(str(Role.EXAMINER)), flat=True)
            held = granted.order_by().union(examines.order_by())
            self._role_names: frozenset[str] = frozenset(held) if self.is_active else frozenset()
        return self._role_names

    def forget_roles(self) -> None:
        """Drop the cached roles; for use after a grant or a revocation."""
        self.__dict__.pop("_role_names", None)

    def has_role(self, role: Role) -> bool:
        return str(role) in self.role_names

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What a session has to carry. It changes with the password, and when the sessions are ended."""
        if self.sessions_ended_at is None:
            return str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]
        told = f"{self.password} {self.sessions_ended_at.timestamp()}"
        return salted_hmac("advisory.User.sessions", told, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split()[0]


class RoleGrant(models.Model):
    """A role granted to a person, until it was revoked. Rows are never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.label) for role in GRANTED_ROLES])
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="grants_made"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="revocations_made"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(revoked_at=None), name="role_is_held_once_at_a_time"
            ),
            models.CheckConstraint(
                name="role_is_known", condition=Q(role__in=[role.value for role in GRANTED_ROLES])
            ),
            models.CheckConstraint(
                name="role_is_not_revoked_before_it_was_granted",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=models.F("granted_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"


class Invitation(models.Model):
    """A set-up link sent to a person, until they set a password with it or it is withdrawn. Only its digest is kept."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        WITHDRAWN = "withdrawn", "Withdrawn"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    sent_to = models.EmailField(max_length=254)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When the mail server took the message; empty: it has not."
    )
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-invited_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None), name="one_open_invitation_a_person"
            ),
            models.CheckConstraint(
                name="invitation_expires_later", condition=Q(expires_at__gt=models.F("invited_at"))
            ),
            models.CheckConstraint(
                name="invitation_ends_one_way",
                condition=Q(ended_at=None, outcome="")
                | Q(ended_at__isnull=False, outcome__in=["accepted", "withdrawn"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation of {self.user}"


class SignInLimit(models.Model):
    """A counter of the sign-in library, such as failed attempts, with its expiry."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key[:12]


def _token_id() -> str:
    return public_ids.new("tk")


class ApiToken(models.Model):
    """A person's token for the API: what it may do, until when, and when it was last used. Only its digest is kept."""

    public_id = models.CharField(max_length=20, unique=True, default=_token_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    scopes = models.CharField(
        max_length=200, help_text="The codes of `advisory.people.token_scopes`, by comma."
    )
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_on = models.DateField(help_text="The last day on which it works, in New York.")
    last_used_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="token_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="token_may_do_something", condition=~Q(scopes="")),
            models.CheckConstraint(
                name="token_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="token_ends_for_a_reason",
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class NoticeChoice(models.Model):
    """How somebody is told of what happens: by a daily mail or not, and how far they have read in the desk."""

    class Digest(models.TextChoices):
        NONE = "none", "No mail"
        DAILY = "daily", "One mail a day"

    user = models.OneToOneField(
        User, on_delete=models.PROTECT, primary_key=True, related_name="notice_choice"
    )
    digest = models.CharField(max_length=5, choices=Digest.choices, default=Digest.NONE)
    digest_on = models.DateField(
        null=True, blank=True, help_text="The last day, in New York, whose mail was begun."
    )
    read_up_to = models.BigIntegerField(default=0, help_text="The number of the newest event that was read.")

    def __str__(self) -> str:
        return f"{self.user}: {self.digest}"


class DeniedAttempts(models.Model):
    """Further attempts of a person at an address that were refused within a minute, until the trail tells them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=64, help_text="The name of the URL.")
    began_at = models.DateTimeField(help_text="The minute.")
    last_at = models.DateTimeField()
    further = models.PositiveIntegerField(help_text="Attempts after the first, which has a line of its own.")
    things = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "address", "began_at"], name="denied_once_a_minute"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.address}"


def _webhook_id() -> str:
    return public_ids.new("wh")


def _delivery_id() -> str:
    return public_ids.new("wd")


class WebhookEndpoint(models.Model):
    """An address outside that is told what happens: kinds of events and ids, signed. Retired once, never deleted.

    `paused_by` is empty where the product stopped it after long failure. Of the former secret, messages carry a
    signature too until `former_until`.
    """

    public_id = models.CharField(max_length=20, unique=True, default=_webhook_id, editable=False)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    topics = models.CharField(max_length=300, help_text="The codes of `advisory.outward.topics`, by comma.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    secret = EncryptedTextField(blank=True, default="")
    secret_made_at = models.DateTimeField(null=True, blank=True)
    former_secret = EncryptedTextField(blank=True, default="")
    former_until = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    pause_reason = models.CharField(max_length=300, blank=True, default="")
    failures = models.PositiveIntegerField(default=0, help_text="Attempts that failed since one succeeded.")
    failing_since = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True, help_text="Nothing is sent before.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="webhook_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="webhook_is_told_something", condition=~Q(topics="")),
            models.CheckConstraint(name="webhook_is_https", condition=Q(url__startswith="https://")),
            models.CheckConstraint(
                name="webhook_pauses_for_a_reason",
                condition=Q(paused_at=None, paused_by=None, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
            ),
            models.CheckConstraint(
                name="webhook_ends_for_a_reason",
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OutboxEvent(models.Model):
    """An event of the trail that endpoints have yet to be told of. A trigger writes it in the event's transaction."""

    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"#{self.pk}"


class WebhookDelivery(models.Model):
    """One event for one endpoint, until it was taken there or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        GIVEN_UP = "given_up", "Given up"

    public_id = models.CharField(max_length=20, unique=True, default=_delivery_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(AuditEvent, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    queued_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0, help_text="Since it was queued or sent again by a person.")
    next_try_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-event_id", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="told_once_to_an_endpoint"),
            models.CheckConstraint(
                name="delivery_waits_or_is_settled",
                condition=Q(state="waiting", settled_at=None, next_try_at__isnull=False)
                | Q(state__in=["delivered", "given_up"], settled_at__isnull=False, next_try_at=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="deliveries_that_wait"),
            models.Index(fields=["endpoint", "-event"], name="deliveries_of_an_endpoint"),
        ]

    def __str__(self) -> str:
        return f"#{self.event_id} to {self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One attempt to deliver: the answer's status, or what kept it from being answered. Nothing of its text is kept."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: the process that began it has stopped."
    )
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["began_at", "id"]

    def __str__(self) -> str:
        return str(self.status or self.trouble or "under way")
