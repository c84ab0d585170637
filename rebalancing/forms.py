"""Checking what people type on the pipeline's pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from compliance.models import ConsentChannel, OverrideReason
from compliance.models.threads import TEXT_MAX
from rebalancing.engine.documents.objective import Edit, EditKind, Mode, Objective
from rebalancing.proposals import anchors
from rebalancing.proposals.anchors import Anchor

SEEN = {"required": "The form had no fingerprint. Open the proposal again and decide from there."}
DID_MAX = 120


def _words(rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(
        max_length=TEXT_MAX, strip=True, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


def _seen() -> forms.CharField:
    """The fingerprint the page showed. A page has several of these forms, so the field has no id."""
    return forms.CharField(max_length=64, widget=forms.HiddenInput(attrs={"id": False}), error_messages=SEEN)


def drift_allowed() -> forms.DecimalField:
    """The distance from target that a plan of the least tax may leave, in points."""
    return forms.DecimalField(
        label="Drift allowed",
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=2,
        help_text="In points: half the sum of all distances from target. Used for the least tax only.",
    )


class Decision(forms.Form):
    """A comment, a request for changes, a rejection, or the link to the approval page."""

    COMMENT, RETURN, REJECT, APPROVE = "comment", "request_changes", "reject", "approve"

    seen = _seen()
    verdict = forms.ChoiceField(
        choices=[(COMMENT, "Comment"), (RETURN, "Request changes"), (REJECT, "Reject"), (APPROVE, "Approve")],
        error_messages={"required": "Press one of the buttons to say what you decide."},
    )
    text = _words(label="Comment", required=False)

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        if asked.get("verdict") != self.APPROVE and not asked.get("text") and "text" not in self.errors:
            what = {self.RETURN: "Say what has to change.", self.REJECT: "Say why you reject it."}
            self.add_error("text", what.get(str(asked.get("verdict")), "Write the comment first."))
        return asked


class Approval(forms.Form):
    """The approval page's form: what was shown, and that any notes were read."""

    seen = _seen()
    text = _words(2, label="Comment", required=False, help_text="It stays with the approval.")
    acknowledge = forms.BooleanField(label="I have read the notes above", required=False)

    def __init__(self, *args: Any, has_notes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_notes:
            self.fields["acknowledge"].required = True
        else:
            del self.fields["acknowledge"]


class Reply(forms.Form):
    """An answer in a thread."""

    text = _words(2, label="Reply", error_messages={"required": "Write the reply first."})


class Begin(forms.Form):
    """The first words of a thread on a trade, a lot or a finding."""

    about = forms.CharField(
        max_length=200, error_messages={"required": "Say which trade, lot or finding it is about."}
    )
    text = _words(2, label="Comment", error_messages={"required": "Write the comment first."})

    def __init__(self, *args: Any, about: Iterable[Anchor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._anchors = {one.place: one for one in about}

    def clean_about(self) -> Anchor:
        """What the thread is about, as the revision itself names it."""
        typed = anchors.read(self.cleaned_data["about"])
        if typed is None or typed.place not in self._anchors:
            raise forms.ValidationError(
                "This revision has no such trade, lot or finding. Open the proposal again."
            )
        return self._anchors[typed.place]


class Reason(forms.Form):
    """Why something is withdrawn."""

    reason = _words(2, label="Reason", error_messages={"required": "Give a reason; it stays on record."})


class Override(forms.Form):
    """Overriding one finding."""

    seen = _seen()
    reason = forms.ChoiceField(choices=OverrideReason.choices, label="Reason")
    text = _words(
        2, label="Explanation", error_messages={"required": "Say in a sentence why this is right here."}
    )
    alike = forms.BooleanField(required=False, label="The same answer for all findings of this rule")


class Consent(forms.Form):
    """A client's consent as the advisor received it. The portal records its own."""

    seen = _seen()
    given_by = forms.ChoiceField(label="Who agreed")
    channel = forms.ChoiceField(
        label="How",
        choices=[choice for choice in ConsentChannel.choices if choice[0] != ConsentChannel.PORTAL],
    )
    evidence = forms.CharField(
        max_length=200,
        help_text="Name the letter, message, recording or minutes, so that it can be found later.",
        error_messages={"required": "Name the letter, message or recording."},
    )

    def __init__(self, *args: Any, people: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["given_by"].choices = [(name, name) for name in people]  # type: ignore[attr-defined]


class Revise(forms.Form):
    """The objective of a new revision, and what it must not trade."""

    DEFAULT, LEAST_TAX, NO_GAINS = "default", "least_tax", "no_gains"

    objective = forms.ChoiceField(
        label="Look for",
        widget=forms.RadioSelect,
        initial=DEFAULT,
        choices=[
            (DEFAULT, "The best balance of drift, tax and cost"),
            (LEAST_TAX, "The least tax, with the drift allowed below"),
            (NO_GAINS, "The least drift, without any net realized gain"),
        ],
    )
    drift_points = drift_allowed()
    leave_alone = forms.MultipleChoiceField(
        label="Leave alone", required=False, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(
        max_length=300,
        label="Why",
        help_text="The reviewer reads this with the new revision.",
        error_messages={"required": "Say why the plan should change."},
    )

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = dict(places)
        self.fields["leave_alone"].choices = list(places)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        is_missing = asked.get("drift_points") is None and "drift_points" not in self.errors
        if asked.get("objective") == self.LEAST_TAX and is_missing:
            self.add_error("drift_points", "Enter the allowed drift, for example 2.5.")
        return asked

    def wanted(self) -> Objective | None:
        """The objective asked for; None is the firm's own."""
        asked = self.cleaned_data
        if asked["objective"] == self.LEAST_TAX:
            return Objective(mode=Mode.LEAST_TAX, drift_max=asked["drift_points"] / 100)
        if asked["objective"] == self.NO_GAINS:
            return Objective(mode=Mode.LEAST_DRIFT, gain_max=Decimal(0))
        return None

    def edits(self) -> list[Edit]:
        """What must not be traded: an account, or a security in an account."""
        found = []
        for place in self.cleaned_data["leave_alone"]:
            account, _, security = place.partition("/")
            found.append(
                Edit(
                    id=f"leave-{place}",
                    kind=EditKind.NO_TRADE,
                    account=account,
                    security=security or None,
                    reason=self.cleaned_data["why"],
                )
            )
        return found

    def did(self) -> str:
        """What the person did, to finish "You …"."""
        what = {
            self.DEFAULT: "had it recalculated",
            self.LEAST_TAX: "asked for the least tax",
            self.NO_GAINS: "asked for no realized gains",
        }[self.cleaned_data["objective"]]
        places = [self._places[place] for place in self.cleaned_data["leave_alone"]]
        if places:
            what += f" and left {', '.join(places)} alone"
        return what if len(what) <= DID_MAX else f"{what[: DID_MAX - 1]}…"
