#!/bin/sh
# Run once by the database's container: one role owns the tables and is used by migrations only, the
# other one runs the product with the rights that `manage.py grant_privileges` gives it.
set -eu
psql --set=ON_ERROR_STOP=1 --no-psqlrc --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
  --set=owner_password="$DATABASE_OWNER_PASSWORD" --set=app_password="$DATABASE_APP_PASSWORD" <<'SQL'
CREATE ROLE evenkeel_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE evenkeel_app LOGIN PASSWORD :'app_password';
CREATE DATABASE evenkeel OWNER evenkeel_owner;
SQL
