"""The quick start's own servers survive what happens to machines: kills, leftovers, closed homes."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from advisory.embedded import folders, postgresql, processes, secrets
from advisory.embedded.postgresql import DURABLE, PostgreSQL
from advisory.embedded.services import Addresses, Services, in_use
from advisory.embedded.trouble import Trouble
from advisory.embedded.valkey import Valkey

pytestmark = pytest.mark.process

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Servers with a state folder whose path has spaces and lies, as pytest makes it, in a 0700 folder."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVENKEEL_STATE", str(tmp_path / "a firm's desk" / "state"))
    services = Services(DURABLE)
    yield services
    services.stop()
    if (data := folders.servers()).is_relative_to(folders.SHARED):
        shutil.rmtree(data.parent)


def write_a_row(addresses: Addresses) -> None:
    with psycopg.connect(addresses.database_owner_url) as connection:
        connection.execute("CREATE TABLE promise (said text)")
        connection.execute("INSERT INTO promise VALUES ('kept')")


def rows(addresses: Addresses) -> list[tuple[str]]:
    with psycopg.connect(addresses.database_owner_url) as connection:
        return connection.execute("SELECT said FROM promise").fetchall()


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while processes.alive(pid):
        time.sleep(0.02)


def test_a_killed_database_comes_back_with_its_rows_at_the_same_address(services: Services) -> None:
    with in_use(services) as addresses:
        write_a_row(addresses)
        kill(services.postgresql.pid())

        assert services.restart_dead(addresses) == ["database"]
        assert rows(addresses) == [("kept",)]


def test_a_killed_broker_comes_back_with_its_queue_at_the_same_address(services: Services) -> None:
    with in_use(services) as addresses:
        with redis.Redis.from_url(addresses.redis_url) as client:
            client.rpush("queue", "one", "two")
        time.sleep(1.1)  # The file is flushed once a second.
        kill(services.valkey.pid())

        assert services.restart_dead(addresses) == ["broker"]
        with redis.Redis.from_url(addresses.redis_url) as client:
            assert client.lrange("queue", 0, -1) == [b"one", b"two"]
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


HOLDER = """
import sys, time
from advisory.embedded.services import Services, in_use
with in_use(Services()) as addresses:
    print("started", flush=True)
    time.sleep(60)
"""


def a_holder() -> subprocess.Popen[str]:
    """Another process that uses the servers."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def test_servers_of_a_killed_supervisor_are_adopted_and_then_stopped(services: Services) -> None:
    holder = a_holder()
    server_pid = services.postgresql.pid()
    kill(holder.pid)

    with in_use(services):
        assert services.postgresql.pid() == server_pid

    assert services.postgresql.running_port() is None
    assert services.valkey.running_port() is None


def test_who_leaves_first_does_not_stop_the_servers_of_who_stays(services: Services) -> None:
    holder = a_holder()
    with in_use(services) as addresses:
        pass
    psycopg.connect(addresses.database_url).close()

    holder.send_signal(signal.SIGINT)
    holder.wait(timeout=90)

    assert services.postgresql.running_port() is None


def test_a_pid_file_whose_number_belongs_to_another_program_is_no_obstacle(services: Services) -> None:
    with in_use(services):
        pass
    (data,) = folders.servers().glob("pg[0-9]*")
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n0\n5432\n\n127.0.0.1\n")

    with in_use(services) as addresses:
        psycopg.connect(addresses.database_url).close()


def test_a_half_made_data_folder_is_made_anew(services: Services) -> None:
    folders.owned_by_server(folders.servers() / "pg18")
    folders.owned_by_server(folders.servers() / "unfinished")

    with in_use(services) as addresses:
        psycopg.connect(addresses.database_url).close()


def test_lost_secrets_are_said_in_a_sentence_with_the_way_out(services: Services) -> None:
    with in_use(services):
        pass
    shutil.rmtree(folders.private("secrets"))

    with pytest.raises(Trouble, match=r"does not know the password .* --fresh"), in_use(services):
        pass


def test_an_address_in_the_environment_always_wins(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann@db.example/desk")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example/0")

    with in_use(services) as addresses:
        assert addresses == Addresses(
            "postgresql://ann@db.example/desk", "postgresql://ann@db.example/desk", "redis://broker.example/0"
        )
    assert services.postgresql.pid() is None


def test_without_the_wheel_the_postgres_on_path_is_taken_and_else_named(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = postgresql.find_binaries()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(postgresql, "_debian_postgres", lambda: None)
    monkeypatch.setenv("PATH", str(bundled.folder))
    on_path = postgresql.find_binaries()
    assert (on_path.folder, on_path.major) == (bundled.folder.resolve(), bundled.major)

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match="set DATABASE_URL to a server of yours"):
        postgresql.find_binaries()


def test_secrets_and_data_are_for_their_owner_only(services: Services) -> None:
    with in_use(services):
        files = [*folders.private("secrets").iterdir(), folders.servers() / "valkey.conf"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        (data,) = folders.servers().glob("pg[0-9]*")
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert "requirepass" not in processes.command_line(services.valkey.pid() or 0)


def test_a_wrong_password_opens_neither_server(services: Services) -> None:
    with in_use(services) as addresses:
        wrong = addresses.database_url.replace(secrets.secret("postgresql-evenkeel_app"), "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(addresses.redis_url.replace(secrets.secret("valkey"), "wrong")).ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root starts servers under another account.")
def test_root_leaves_its_closed_home_closed_and_serves_from_elsewhere(
    services: Services, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    with in_use(services):
        assert folders.servers().is_relative_to(folders.SHARED)
        assert Path(f"/proc/{services.postgresql.pid()}").stat().st_uid == folders.server_account().uid  # type: ignore[union-attr]
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_two_sets_of_servers_do_not_know_each_other(services: Services) -> None:
    log = folders.private("logs") / "other.log"
    home = folders.servers() / "other"
    home.mkdir()
    one, other = PostgreSQL(home, log), Valkey(home, log)
    try:
        with in_use(services):
            assert one.start() != services.postgresql.running_port()
            assert other.start() != services.valkey.running_port()
    finally:
        one.stop()
        other.stop()
