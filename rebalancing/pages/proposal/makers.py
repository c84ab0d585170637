"""Who shaped a revision: grouped by person and kind of contribution, with every entry underneath."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.models import Review
from rebalancing.proposals.makers import Kind, kind_of

SEVERAL = {
    Kind.FILE: "loaded {} custodian files",
    Kind.CASH_FLOW: "added {} cash flows",
    Kind.SECURITY: "decided about {} securities or prices",
    Kind.RESTRICTION: "changed the firm's list {} times",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did that shaped the revision; `done_at` for a fact that was entered before it."""

    name: str
    did: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeedGroup:
    """What one person did of one kind: the deed itself where there is one, else how many and when last."""

    name: str
    did: str
    count: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Makers:
    """`names` are those who made the revision itself; `deeds` everything, the facts entered before it last."""

    names: str
    deeds: tuple[Deed, ...]

    @property
    def groups(self) -> tuple[DeedGroup, ...]:
        grouped: dict[tuple[str, str], list[Deed]] = {}
        for deed in self.deeds:
            kind = kind_of(deed.did)
            # A deed of no kind stands alone, also where two people share a name.
            key = (deed.name, kind or f"{len(grouped)}")
            grouped.setdefault(key, []).append(deed)
        return tuple(
            DeedGroup(
                name=name,
                did=deeds[0].did if len(deeds) == 1 else SEVERAL[Kind(kind)].format(len(deeds)),
                count=len(deeds),
                last_at=max((deed.done_at for deed in deeds if deed.done_at), default=None),
            )
            for (name, kind), deeds in grouped.items()
        )

    @property
    def is_folded(self) -> bool:
        return len(self.groups) < len(self.deeds)


def of(review: Review) -> Makers:
    rows = sorted(review.makers.all(), key=lambda one: (one.done_at is not None, one.done_at or 0, one.pk))
    names = dict.fromkeys(maker.person.get_full_name() for maker in rows if maker.done_at is None)
    return Makers(
        names=", ".join(names) or f"the {review.requested_by_label}",
        deeds=tuple(Deed(one.person.get_full_name(), one.did, one.done_at) for one in rows),
    )
