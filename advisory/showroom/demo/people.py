"""The people of the demonstration firm, and the clients who may sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from advisory.models import User
from advisory.people import roles
from compliance.people.roles import Role

FIRM = "Evermere Advisory (a fictional firm)"
PASSWORD = "sea-legs-and-ballast-7"  # noqa: S105 - a demonstration's, printed for whoever starts it
DOMAIN = "evermere.example"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person of the firm: sign-in name, full name, roles, and what to look at first."""

    short: str
    name: str
    roles: tuple[Role, ...]
    look_at: str

    @property
    def email(self) -> str:
        return f"{self.short}@{DOMAIN}"


COLLEAGUES: tuple[Colleague, ...] = (
    Colleague("ada", "Ada Fernhollow", (Role.ADVISOR,), "her book: what needs a decision today"),
    Colleague("bruno", "Bruno Oatcastle", (Role.ADVISOR,), "his book, with clients who decide themselves"),
    Colleague("celia", "Celia Marshlight", (Role.ADVISOR,), "her book"),
    Colleague("dario", "Dario Pebblethorn", (Role.ADVISOR,), "his book"),
    Colleague("rhea", "Rhea Slatewind", (Role.REVIEWER,), "proposals that wait for a decision"),
    Colleague("rufus", "Rufus Inkwater", (Role.REVIEWER,), "the same queue: the first decision counts"),
    Colleague("theo", "Theo Brasspenny", (Role.TRADER,), "approved proposals, orders and the blotter"),
    Colleague("cora", "Cora Lockgate", (Role.COMPLIANCE,), "the audit trail and the review queue"),
    Colleague(
        "alma",
        "Alma Keyhollow",
        (Role.ADMINISTRATOR,),
        "how many hold which role, and whether database, broker and worker are well",
    ),
)


def join(*, at: datetime) -> dict[str, User]:
    """Add everybody of the firm; by short name. All share one password, which is printed."""
    return {
        one.short: roles.join(one.email, name=one.name, password=PASSWORD, roles=one.roles, by=None, at=at)
        for one in COLLEAGUES
    }


def join_client(short: str, *, name: str, at: datetime) -> User:
    """A client's own sign-in."""
    return roles.join(
        f"{short}@client.example", name=name, password=PASSWORD, roles=(Role.CLIENT,), by=None, at=at
    )
