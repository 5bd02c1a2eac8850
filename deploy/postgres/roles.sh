#!/bin/sh
# Makes the databases and roles of one PostgreSQL; each role's password is read from
# $WEIR_ROLE_PASSWORDS/pg_<role>. The official image runs this once, on an empty volume.
#   WEIR_DATABASES="database=owner …"  WEIR_READERS="database=role …"
#   WEIR_TABLES_OF=owner: the readers also see every table that this owner will make
set -eu
: "${WEIR_ROLE_PASSWORDS:=/run/secrets}" "${WEIR_READERS:=}" "${WEIR_TABLES_OF:=}"

sql() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"
}

make_role() {
  # Read by psql itself: on a command line other processes would see it.
  PASSWORD_FILE="$WEIR_ROLE_PASSWORDS/pg_$1" sql --dbname postgres --set role="$1" <<'END'
\set password `cat "$PASSWORD_FILE"`
CREATE ROLE :"role" LOGIN PASSWORD :'password';
END
}

sql --dbname postgres --command 'REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'

for pair in $WEIR_DATABASES; do
  make_role "${pair#*=}"
  sql --dbname postgres --set database="${pair%%=*}" --set owner="${pair#*=}" <<'END'
CREATE DATABASE :"database" OWNER :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
END
  # From PostgreSQL 15 on, nobody but the owner of a database creates tables in its schema public.
  sql --dbname "${pair%%=*}" --set owner="${pair#*=}" <<'END'
GRANT CREATE ON SCHEMA public TO :"owner";
END
done

for pair in $WEIR_READERS; do
  make_role "${pair#*=}"
  sql --dbname postgres --set database="${pair%%=*}" --set reader="${pair#*=}" <<'END'
GRANT CONNECT ON DATABASE :"database" TO :"reader";
END
  if [ -n "$WEIR_TABLES_OF" ]; then
    sql --dbname "${pair%%=*}" --set owner="$WEIR_TABLES_OF" --set reader="${pair#*=}" <<'END'
GRANT USAGE ON SCHEMA public TO :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT ON TABLES TO :"reader";
END
  fi
done
