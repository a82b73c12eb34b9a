"""Brings Airflow's database to the wanted state once per deployment: schema, roles, users, the producer's connection.

Runs to an end and can be repeated: a second run changes nothing. One process instead of `airflow` calls, because each of
those takes seconds to start and `airflow users create` shows the password to every process on the machine.
"""

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

SECRETS = Path(os.environ.get("SECRETS_DIR", "/run/secrets"))
# Airflow's tables with FAB's. A wrong set of libraries lets the migration "succeed" without FAB's.
EXPECTED_TABLES = 70
DATABASE_DEADLINE_SECONDS = 90

changes = []


def secret(name):
    value = (SECRETS / name).read_text().strip()
    if len(value) < 16:
        sys.exit(f"secret {name} has {len(value)} characters, at least 16 are needed: generate it again")
    return value


def wait_for_database(engine):
    from sqlalchemy.exc import OperationalError

    deadline = time.monotonic() + DATABASE_DEADLINE_SECONDS
    while True:
        try:
            with engine.connect():
                return
        except OperationalError as error:
            # A wrong password does not get better by waiting.
            if "password authentication failed" in str(error) or time.monotonic() > deadline:
                sys.exit(f"the metadata database does not accept Airflow: {error.orig}")
            time.sleep(1)


def migrate_schema(engine):
    from airflow.utils.db import upgradedb
    from sqlalchemy import inspect

    before = len(inspect(engine).get_table_names())
    upgradedb()
    after = len(inspect(engine).get_table_names())
    if after < EXPECTED_TABLES:
        sys.exit(f"the metadata database has {after} tables, at least {EXPECTED_TABLES} are expected: the image lacks parts")
    if after != before:
        changes.append(f"schema: {before} -> {after} tables")


def sync_users():
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from werkzeug.security import check_password_hash

    from platform_auth import ROLES, USERS

    with get_application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        for name, wanted in ROLES.items():
            role = manager.find_role(name) or manager.add_role(name)
            held = {(held.action.name, held.resource.name): held for held in role.permissions}
            for action, resource in sorted(wanted - held.keys()):
                manager.add_permission_to_role(role, manager.create_permission(action, resource))
                changes.append(f"role {name}: + {action} {resource}")
            for key in sorted(held.keys() - wanted):
                manager.remove_permission_from_role(role, held[key])
                changes.append(f"role {name}: - {key[0]} {key[1]}")
        for name, role_name, password_file in USERS:
            password, role = secret(password_file), manager.find_role(role_name)
            user = manager.find_user(username=name)
            if user is None:
                if not manager.add_user(name, name, "user", f"{name}@example.invalid", role, password):
                    sys.exit(f"user {name} could not be created: see the lines above")
                changes.append(f"user {name}: created as {role_name}")
                continue
            if [held.name for held in user.roles] != [role_name]:
                user.roles = [role]
                manager.update_user(user)
                changes.append(f"user {name}: now {role_name} only")
            if not check_password_hash(user.password, password):
                manager.reset_password(user.id, password)
                changes.append(f"user {name}: new password")


def sync_producer_connection(url, token):
    from airflow.models import Connection
    from airflow.utils.session import create_session

    # Flat: each key becomes a header. A nested {"headers": ...} is sent as one header and refused.
    extra = {"Authorization": f"Bearer {token}"}
    target = urlsplit(url)
    wanted = ("http", target.hostname, target.port, target.scheme)
    with create_session() as session:
        held = session.query(Connection).filter_by(conn_id="producer").one_or_none()
        if held and (held.conn_type, held.host, held.port, held.schema) == wanted and held.extra_dejson == extra:
            return
        connection = held or Connection(conn_id="producer")
        connection.conn_type, connection.host, connection.port, connection.schema = wanted
        connection.set_extra(json.dumps(extra))
        session.add(connection)
    changes.append("connection producer: " + ("updated" if held else "created"))


def main():
    started = time.monotonic()
    producer_url, producer_token = os.environ["PRODUCER_URL"], secret("producer-token")
    from airflow import settings

    wait_for_database(settings.engine)
    migrate_schema(settings.engine)
    sync_users()
    sync_producer_connection(producer_url, producer_token)
    for change in changes:
        print(change)
    print(f"bootstrap: {len(changes)} changes in {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
