"""March to May: an empty record becomes a firm, its first proposals are released, money is due, and two people marry."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import StringIO

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from clients import tasks
from clients.models import (
    AssetClass,
    CashFlow,
    LifeEvent,
    Security,
    TaxUnit,
    Workbook,
)
from compliance.models import Review
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Order, Proposal, Reading
from tests.cast import PASSWORD
from tests.factories import workbooks as made
from tests.journeys.year import families, policies
from tests.journeys.year.firm import Firm, plain

STAFF = {
    "Cora": ["compliance"],
    "Nina": ["compliance"],
    "Ana": ["advisor"],
    "Otto": ["advisor"],
    "Rui": ["reviewer"],
    "Rosa": ["reviewer"],
    "Tom": ["trader"],
}
STOCKS = {"us_stock", "us_small", "intl_stock", "emerging_stock", "real_estate"}


# ── March ────────────────────────────────────────────────────────────────────────────────────────


def a_firm_begins(firm: Firm) -> None:
    """Ada is invited from the command line, and invites the others; from the second person on, two decide."""
    out = StringIO()
    call_command("first_administrator", "ada@firm.example", name="Ada", stdout=out)
    _sets_up(re.search(r"\?key=(\S+)", out.getvalue())[1])  # type: ignore[index]
    firm.reads("Ada", "/getting-started/", "Set-up")
    for name, roles in STAFF.items():
        typed = {"name": name, "email": f"{name.lower()}@firm.example", "roles": roles}
        if name == "Cora":
            firm.does("Ada", "advisory:person_invite", **typed)  # Nobody else is there to decide.
        else:
            firm.approves("Cora", firm.asks("Ada", "advisory:person_invite", **typed))
        follow_the_link(name)
    firm.cannot(
        "Tom", "advisory:person_invite", says="Only a firm administrator can change the firm's people."
    )
    for group, typed in (
        ("firm", {"name": "Harbor Advisers LLC", "address": "12 Quay Street\nBoston, MA 02110"}),
        ("files", {"confirmed_by_themselves": ["house", "schwab"]}),
        ("promises", {"measured": "21"}),
    ):
        asked = firm.asks(
            "Ada", f"compliance:setting_{group}", **typed, effective_on=firm.today, reason="As we begin."
        )
        firm.approves("Cora", asked)


def what_may_be_bought(firm: Firm) -> None:
    """The starter set is loaded, a reviewer publishes its models, and compliance decides what the set leaves open."""
    firm.presses("Tom", reverse("clients:workbook_starter"))
    _loads(firm)
    for review in Review.objects.filter(subject_kind="model", state="open"):
        firm.approves("Rui", review)
    for one in AssetClass.objects.all():
        firm.presses(
            "Cora",
            reverse("clients:asset_class_decide", args=[one.code]),
            is_equity="yes" if one.code in STOCKS else "no",
            reason="By what it holds.",
        )
    # Which funds count as the same is a decision too; without it no loss could be taken later (rules PTC-29 and PTC-30).
    for symbol in firm.custodians.market.symbols:
        code = f"as-{symbol.lower()}"
        firm.does("Cora", "clients:wash_group_add", code=code, reason="Funds of this index.")
        security = Security.objects.get(symbol=symbol)
        firm.does("Cora", "clients:security_wash_group", security.pk, wash_group=code, reason="By its index.")
    for old, new in (("VTI", "ITOT"), ("VEA", "IEFA")):
        security = Security.objects.get(symbol=old)
        firm.does("Cora", "clients:security_replacements", security.pk, replacements=new)


def the_clients_come(firm: Firm) -> None:
    """Four families by workbook; Eva by hand, with an account at each of two custodians."""
    come_by_workbook(firm, families.workbook())

    firm.does(
        "Ana", "clients:household_open", code="ellis", name="Ellis", opened_on=firm.today,
        profile_confirmed_on=firm.today, given_name="Eva", family_name="Ellis", born_on="1969-05-04",
        filing_status="single", state="CO", reviewer=firm.person("Rui").pk,
    )  # fmt: skip
    ellis, eva = firm.household("ellis"), firm.who("Eva Ellis")
    facts = {
        "owner": eva, "agreement_signed_on": firm.today, "agreement_effective_on": firm.today,
        "discretion": "discretionary", "discretion_from_on": firm.today, "margin": "none", "minimum_cash": "0",
    }  # fmt: skip
    for number, name, custodian, how in (
        (families.EVAS, "Eva's account", "schwab", "individual"),
        (families.EVAS_IRA, "Eva's IRA", "house", "traditional_ira"),
    ):
        firm.does("Ana", "clients:account_open", ellis, name=name, custodian=custodian, number=number, registration=how, **facts)  # fmt: skip
    firm.does(
        "Ana", "rebalancing:tax_profile_confirm", TaxUnit.objects.get(household=ellis), 2026, wages="180000",
        qualified_dividends="2000", state_rate="4.4", short_term_carryover="0", long_term_carryover="12000",
        gain_budget="40000",
    )  # fmt: skip
    firm.does("Ana", "advisory:client_invite", eva, email="eva@firm.example", may_see="household")
    follow_the_link("Eva")
    firm.reads("Ana", "/readiness/", "It has no investment policy.", "No custodian file has brought")
    draft = policies.begun(firm, "ellis", by="Ana", source="example-balanced")
    policies.written(firm, draft, by="Ana", next_review_on=date(2026, 10, 12))
    policies.reviewed(firm, draft, by="Ana")
    policies.signed(firm, draft, advisor="Ana", clients=["Eva"])


def the_first_scan(firm: Firm) -> None:
    """The custodians' first files; who is far off target is proposed for, approved, released and seen to be done."""
    families.fill(firm.custodians)
    assert firm.closes(date(2026, 3, 2)) is not None
    expect(adler="in_band", brook="in_band", cole="proposed", dunn="in_band", ellis="proposed")
    assert firm.trades(date(2026, 3, 3)) == ["cole", "ellis"]
    firm.cannot("Otto", "rebalancing:household_close", firm.household("cole"), says="still open")
    firm.closes(date(2026, 3, 3))
    firm.closes(date(2026, 3, 4))
    expect(cole="in_band", ellis="in_band")
    assert set(Order.objects.values_list("state", flat=True)) == {"filled"}


# ── April and May ────────────────────────────────────────────────────────────────────────────────


def money_is_due(firm: Firm) -> None:
    """Dan takes his required distribution in quarters, the Brooks an allowance each month, and once something larger."""
    firm.is_at(date(2026, 3, 16))
    dans, brooks = firm.account(families.DUNNS_IRA), firm.account(families.BROOKS)
    firm.does("Otto", "clients:recurring_cash_add", dans.household, account=dans, kind="distribution", amount="3000",
              every="quarter", starts_on=date(2026, 3, 31), moved="before")  # fmt: skip
    firm.does("Ana", "clients:recurring_cash_add", brooks.household, account=brooks, kind="withdrawal", amount="1500",
              every="month", starts_on=date(2026, 3, 31), moved="before")  # fmt: skip
    # What he has to take follows from what his IRA was worth at the year's end, which nobody here has said yet.
    firm.reads("Otto", "/", "A balance of December 31 is asked for")
    firm.does("Otto", "clients:distribution_figure_record", dans.household, kind="balance", account=dans,
              year=2026, amount="295200", source="Form 5498")  # fmt: skip
    listed = f"/households/{dans.household.public_id}/required-distributions/?year=2026"
    firm.reads("Otto", listed, "Uniform Lifetime Table", "24.6", "$12,000.00")
    for day in (date(2026, 3, 31), date(2026, 4, 15), date(2026, 4, 30)):
        the_day_passes(firm, day)
    firm.does("Ana", "clients:cash_need_add", brooks.household, account=brooks, kind="withdrawal", amount="30000",
              due_on=date(2026, 5, 15), note="A roof")  # fmt: skip
    # In March Eva's cash bought first, and her stocks were only sold to the edge of their band: they have grown out again.
    expect(ellis="proposed")
    assert firm.trades(date(2026, 5, 1)) == ["ellis"]
    # The roof's money is raised in time to settle, with two market days to spare, and not before.
    firm.closes(date(2026, 5, 1))
    assert not Proposal.objects.filter(household__code="brook", state__in=Proposal.OPEN_STATES).exists()
    firm.closes(date(2026, 5, 11))
    expect(brook="proposed")
    assert firm.trades(date(2026, 5, 12)) == ["brook"]
    firm.closes(date(2026, 5, 12))
    the_day_passes(firm, date(2026, 5, 15))


def anna_and_ben_marry(firm: Firm) -> None:
    """A marriage in one household: who signs, who files with whom, and a policy for both of them."""
    firm.is_at(date(2026, 5, 18))
    adlers, anna, ben = firm.household("adler"), firm.who("Anna Adler"), firm.who("Ben Brandt")
    firm.does("Ana", "clients:person_correct", ben, part="spouse", reason="They marry.")
    firm.does("Ana", "clients:people_marry", adlers, one=anna, other=ben, married_on=date(2026, 5, 16))
    units = {one.code: one for one in adlers.tax_units.all()}
    firm.cannot(
        "Ana", "clients:tax_unit_retire", units["ben"], last_tax_year=2025, reason="They file jointly.",
        says="is taxed on the return of",
    )  # fmt: skip
    firm.does("Ana", "clients:tax_unit_correct", units["anna"], code="joint", name="Anna and Ben Adler",
              filing_status="mfj", members=[anna, ben], reason="Married on May 16.")  # fmt: skip
    assert firm.account(families.BEN).tax_unit == units["anna"]
    # His own figures of this year were confirmed before, and stay on record with it.
    firm.does("Ana", "clients:tax_unit_retire", units["ben"], last_tax_year=2026, reason="They file jointly.")
    firm.does("Ana", "rebalancing:tax_profile_correct", units["anna"].profiles.get(tax_year=2026),
              filing_status="mfj", wages="290000", reason="Married on May 16.")  # fmt: skip
    firm.closes(date(2026, 5, 18))
    firm.reads("Ana", "/readiness/", "Marriage of May 16, 2026 is open until the policy is renewed.")

    policies.renewed(firm, "adler", advisor="Ana", clients=["Anna Adler", "Ben Brandt"], on_paper=True)
    assert LifeEvent.objects.get(household=adlers).resolution == "Policy version 2 was adopted."
    the_day_passes(firm, date(2026, 5, 29))


# ── What chapters share ──────────────────────────────────────────────────────────────────────────


def come_by_workbook(firm: Firm, rows: families.Rows) -> None:
    """Families with their accounts and signed policies: Tom loads them, and Rui adopts the policies."""
    upload = SimpleUploadedFile("firm.xlsx", made.xlsx(rows))
    firm.presses("Tom", reverse("clients:workbook_list"), workbook=upload)
    workbook = _loads(firm)
    address = reverse("clients:workbook_policies", args=[workbook.public_id])
    page = firm.browser("Rui").get(address).context["page"]
    assert len(page.rows) == len(rows["households"])
    firm.presses("Rui", address, seen=page.digest)


def the_day_passes(firm: Firm, day: date) -> None:
    """A market day on which money that is due leaves; whoever recorded the need says that it is done."""
    due = CashFlow.objects.filter(done_on=None, cancelled_at=None, due_on__lte=day).select_related(
        "account__household"
    )
    _is_raised(firm, day, due)
    firm.is_at(day)
    for flow in due.order_by("due_on", "pk"):
        firm.custodians.pays(flow.account.number, abs(flow.amount), day)
        advisor = flow.account.household.book_entries.on(day).get(part="advisor").user
        firm.does(advisor.name, "clients:cash_need_done", flow, done_on=day)
    firm.closes(day)


def _is_raised(firm: Firm, day: date, due: Iterable[CashFlow]) -> None:
    """What an account does not hold of the money that is due is proposed in time and traded, so that it has settled by then."""
    owed: dict[str, Decimal] = {}
    codes = {}
    for flow in due:
        number = flow.account.number
        owed[number] = owed.get(number, Decimal(0)) + abs(flow.amount)
        codes[number] = flow.account.household.code
    short = {codes[number] for number, amount in owed.items() if amount > firm.custodians.books[number].cash}
    if not short:
        return
    looks_on, trades_on = _sessions_before(day, 4), _sessions_before(day, 3)
    if looks_on > firm.today:
        firm.closes(looks_on)
    assert set(firm.trades(max(trades_on, firm.today), among=tuple(short))) == short


def _sessions_before(day: date, count: int) -> date:
    for _ in range(count):
        day = new_york().session_before(day)
    return day


def expect(**wanted: str) -> None:
    """What the last scan made of these households, by their codes."""
    last = Reading.objects.order_by("-run__pk").first()
    assert last is not None
    found = {one.household.code: one for one in last.run.readings.select_related("household")}
    wrong = {
        code: (found[code].outcome, found[code].reason)
        for code in wanted
        if found[code].outcome != wanted[code]
    }
    assert not wrong, wrong


def follow_the_link(name: str) -> None:
    """Somebody follows the link of the newest mail to them, and chooses a password."""
    for message in reversed(mail.outbox):
        if message.to == [f"{name.lower()}@firm.example"]:
            _sets_up(re.search(r"\?key=(\S+)", str(message.body))[1])  # type: ignore[index]
            return
    raise AssertionError(f"No mail to {name}.")


def _sets_up(key: str) -> None:
    answer = Client().post("/account/set-up/", {"key": key, "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302, plain(answer)[:3000]


def _loads(firm: Firm) -> Workbook:
    """The newest workbook is read without a fault, confirmed, and loaded by a worker."""
    workbook: Workbook = Workbook.objects.latest("pk")
    assert (workbook.state, workbook.faults) == ("previewed", [])
    firm.presses("Tom", reverse("clients:workbook_load", args=[workbook.public_id]), seen=workbook.digest)
    tasks.load_workbooks()
    workbook.refresh_from_db()
    left = (
        list(workbook.households.exclude(state="loaded").values_list("code", "state", "refusal"))
        if workbook.households.exists()
        else []
    )
    assert workbook.state == "loaded", (workbook.state, left)
    return workbook
