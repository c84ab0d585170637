"""The rows of one household of each model, copied for all others."""

from __future__ import annotations

from typing import Any

from tests.bench.synthetic import market, sql
from tests.bench.synthetic.setting_up import number_of


def households(people: dict[str, Any]) -> None:
    from clients.models import BookEntry, Household, Person, TaxProfile, TaxUnit

    names = f"(ARRAY{list(market.FAMILIES)!r})[1 + h.n % {len(market.FAMILIES)}]"
    from_template = "JOIN bench_household AS h ON h.template = s.household_id AND h.is_copy"
    sql.run(
        sql.copied(
            Household,
            "FROM clients_household AS s JOIN bench_household AS h ON h.template = s.id AND h.is_copy",
            id="h.id", public_id=sql.public_id(Household, "h.id"), code="'s' || lpad(h.n::text, 6, '0')",
            name=f"{names} || ' ' || lpad(h.n::text, 6, '0')",
        )
    )  # fmt: skip
    person = sql.base_of(Person)
    key = f"{person} + 2 * h.n + (s.part = 'spouse')::int"
    sql.run(
        sql.copied(
            Person, f"FROM clients_person AS s {from_template}", id=key, public_id=sql.public_id(Person, f"({key})"),
            family_name=names, household_id="h.id",
        )
    )  # fmt: skip
    unit = sql.base_of(TaxUnit)
    sql.run(
        sql.copied(
            TaxUnit, f"FROM clients_taxunit AS s {from_template}", id=f"{unit} + h.n",
            public_id=sql.public_id(TaxUnit, f"({unit} + h.n)"), name=f"{names} || ' ' || lpad(h.n::text, 6, '0')", household_id="h.id",
        )
    )  # fmt: skip
    sql.run(
        "INSERT INTO clients_taxunit_members (taxunit_id, person_id) "
        f"SELECT {unit} + h.n, {person} + 2 * h.n + spouse FROM bench_household AS h, generate_series(0, 1) AS spouse WHERE h.is_copy"
    )
    profile = sql.base_of(TaxProfile)
    sql.run(
        sql.copied(
            TaxProfile,
            "FROM clients_taxprofile AS s JOIN clients_taxunit AS u ON u.id = s.tax_unit_id "
            "JOIN bench_household AS h ON h.template = u.household_id AND h.is_copy",
            id=f"{profile} + h.n", public_id=sql.public_id(TaxProfile, f"({profile} + h.n)"), tax_unit_id=f"{unit} + h.n",
            wages="(90 + h.n % 40 * 15) * 1000",
        )
    )  # fmt: skip
    sql.run("UPDATE bench_household SET person = %s + 2 * n, unit = %s + n WHERE is_copy", (person, unit))
    for part, who in (
        (BookEntry.Part.ADVISOR, people["advisors"]),
        (BookEntry.Part.REVIEWER, people["reviewers"]),
    ):
        keys = [one.pk for one in who]
        sql.run(
            "INSERT INTO clients_bookentry (household_id, user_id, part, starts_on) "
            "SELECT id, (%s::bigint[])[1 + n %% %s], %s, DATE '2020-01-02' FROM bench_household",
            (keys, len(keys), part.value),
        )


def accounts() -> None:
    """The accounts, each with a number of its own, encrypted and found by its digest as the product does it."""
    from django.db import connection

    from clients.encryption import blind_index, encrypt
    from clients.households.accounts import NUMBER
    from clients.models import Account

    purpose = Account._meta.get_field("number").purpose
    base = sql.base_of(Account)
    sql.run(
        "INSERT INTO bench_account (n, position, id) SELECT h.n, a.position, CASE WHEN h.is_copy THEN "
        "%s + 3 * h.n + a.position ELSE a.id END FROM bench_household AS h JOIN (SELECT id, household_id, "
        "(row_number() OVER (PARTITION BY household_id ORDER BY id))::int - 1 AS position FROM clients_account) AS a "
        "ON a.household_id = h.template",
        (base,),
    )
    sql.run(
        "CREATE TEMP TABLE bench_number (id bigint PRIMARY KEY, number text, number_index text, last4 text)"
    )
    wanted = sql.run(
        "SELECT a.id, a.n, a.position FROM bench_account AS a JOIN bench_household AS h USING (n) WHERE h.is_copy"
    )
    with connection.cursor() as cursor, cursor.copy("COPY bench_number FROM STDIN") as copy:
        for key, number, position in wanted:
            digits = number_of(number, position)
            copy.write_row(
                (key, encrypt(digits, purpose=purpose), blind_index(digits, purpose=NUMBER), digits[-4:])
            )
    sql.run(
        sql.copied(
            Account,
            "FROM bench_household AS h JOIN bench_account AS a ON a.n = h.n AND h.is_copy JOIN bench_number AS b ON b.id = a.id "
            "JOIN LATERAL (SELECT t.id FROM bench_account AS t JOIN bench_household AS th ON th.n = t.n AND NOT th.is_copy "
            "WHERE th.id = h.template AND t.position = a.position) AS t ON true JOIN clients_account AS s ON s.id = t.id",
            id="a.id", public_id=sql.public_id(Account, "a.id"), household_id="h.id", owner_id="h.person",
            joint_owner_id="CASE WHEN s.joint_owner_id IS NULL THEN NULL ELSE h.person + 1 END", tax_unit_id="h.unit",
            number="b.number", number_index="b.number_index", number_last4="b.last4",
        )
    )  # fmt: skip


def policies() -> None:
    """As drafts first: a settled policy takes no more parts."""
    from clients.models import Policy, PolicySection, PolicySignature, PolicyTarget

    base = sql.base_of(Policy)
    source = "FROM clients_policy AS s JOIN bench_household AS h ON h.template = s.household_id AND h.is_copy AND h.situation <> 'no_policy'"
    key = f"{base} + h.n"
    sql.run(
        sql.copied(
            Policy,
            source,
            id=key,
            public_id=sql.public_id(Policy, f"({key})"),
            household_id="h.id",
            state="'draft'",
        )
    )
    for part in (PolicyTarget, PolicySection, PolicySignature):
        table, first = part._meta.db_table, sql.base_of(part)
        joined = (
            f"FROM {table} AS s JOIN clients_policy AS p ON p.id = s.policy_id JOIN bench_household AS h "
            "ON h.template = p.household_id AND h.is_copy AND h.situation <> 'no_policy'"
        )
        sql.run(sql.copied(part, joined, id=f"{first} + row_number() OVER ()", policy_id=key))
    sql.run("UPDATE clients_policy SET state = 'adopted' WHERE id > %s", (base,))
