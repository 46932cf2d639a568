"""Translate users, groups, roles and their rights."""

from __future__ import annotations

import re

from local_aws.redshift.dialect.relations import relation_name, relation_sql
from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.dialect.translation import Direct, Steps
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.redshift.sql_text import literal, quoted

_PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[!#-&(-.0-?A-\[\]-~]{8,64}")
_RIGHTS = {
    "TABLE": ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "TRUNCATE", "ALL"),
    "SCHEMA": ("CREATE", "USAGE", "ALL"),
    "DATABASE": ("CREATE", "TEMPORARY", "TEMP", "ALL"),
}


def create_user(reader: Reader) -> Direct:
    """Return CREATE USER; the reader stands behind USER."""
    name = reader.user_name()
    reader.take("WITH")
    options = _user_options(reader)
    return Direct(f"CREATE ROLE {quoted(name)} LOGIN{options}")


def alter_user(reader: Reader) -> Direct:
    """Return ALTER USER; the reader stands behind USER."""
    name = reader.user_name()
    if reader.take("RENAME", "TO"):
        return Direct(f"ALTER ROLE {quoted(name)} RENAME TO {quoted(reader.user_name())}")
    reader.take("WITH")
    return Direct(f"ALTER ROLE {quoted(name)}{_user_options(reader)}")


def _user_options(reader: Reader) -> str:
    options = ""
    while not reader.at_end:
        if reader.take("PASSWORD"):
            options += f" PASSWORD {_password(reader)}"
        elif reader.word() in ("CREATEDB", "NOCREATEDB"):
            options += f" {reader.skip()}"
        elif reader.take("CREATEUSER"):
            options += " SUPERUSER"
        elif reader.take("NOCREATEUSER"):
            options += " NOSUPERUSER"
        elif reader.take("VALID", "UNTIL"):
            options += f" VALID UNTIL {literal(reader.string())}"
        elif reader.take("IN", "GROUP"):
            options += f" IN ROLE {', '.join(quoted(name) for name in _names(reader))}"
        elif reader.take("SYSLOG", "ACCESS") or reader.take("CONNECTION", "LIMIT"):
            reader.skip()
        else:
            raise reader.unsupported("CREATE USER")
    return options


def _password(reader: Reader) -> str:
    if reader.take("DISABLE"):
        return "NULL"
    password = reader.string()
    if password.startswith(("md5", "sha256|")):
        raise UnsupportedError("a password that is given as a hash")
    if not _PASSWORD.fullmatch(password):
        raise SyntaxRefusedError(
            "password must have 8 to 64 characters, with upper case, lower case and a digit",
            "22023",
        )
    return literal(password)


def _names(reader: Reader) -> list[str]:
    names = [reader.user_name()]
    while reader.take(","):
        names.append(reader.user_name())
    return names


def create_role(reader: Reader) -> Direct:
    """Return CREATE ROLE; the reader stands behind ROLE."""
    name = reader.user_name()
    reader.end()
    return Direct(f"CREATE ROLE {quoted(name)}")


def create_group(reader: Reader) -> Steps:
    """Return CREATE GROUP; the reader stands behind GROUP."""
    name = quoted(reader.user_name())
    reader.take("WITH")
    members = _names(reader) if reader.take("USER") else []
    reader.end()
    grants = [f"GRANT {name} TO {quoted(member)}" for member in members]
    return Steps((f"CREATE ROLE {name}", *grants), "CREATE GROUP")


def alter_group(reader: Reader) -> Steps:
    """Return ALTER GROUP … ADD or DROP USER; the reader stands behind GROUP."""
    name = quoted(reader.user_name())
    adds = reader.take("ADD", "USER")
    if not adds:
        reader.expect("DROP", "USER")
    verb, word = ("GRANT", "TO") if adds else ("REVOKE", "FROM")
    changes = [f"{verb} {name} {word} {quoted(member)}" for member in _names(reader)]
    reader.end()
    return Steps(tuple(changes), "ALTER GROUP")


def drop_roles(reader: Reader) -> Direct:
    """Return DROP USER, ROLE or GROUP; the reader stands behind that word."""
    exists = "IF EXISTS " if reader.take("IF", "EXISTS") else ""
    names = ", ".join(quoted(name) for name in _names(reader))
    reader.end()
    return Direct(f"DROP ROLE {exists}{names}")


def grant(reader: Reader) -> Direct:
    """Return GRANT; the reader stands behind it."""
    if reader.take("ROLE"):
        roles = ", ".join(quoted(name) for name in _names(reader))
        reader.expect("TO")
        return Direct(f"GRANT {roles} TO {_grantees(reader)}")
    rights, objects = _rights(reader)
    reader.expect("TO")
    option = ""
    grantees = _grantees(reader)
    if reader.take("WITH", "GRANT", "OPTION"):
        option = " WITH GRANT OPTION"
    reader.end()
    return Direct(f"GRANT {rights} ON {objects} TO {grantees}{option}")


def revoke(reader: Reader) -> Direct:
    """Return REVOKE; the reader stands behind it."""
    if reader.take("ROLE"):
        roles = ", ".join(quoted(name) for name in _names(reader))
        reader.expect("FROM")
        return Direct(f"REVOKE {roles} FROM {_grantees(reader)}")
    option = "GRANT OPTION FOR " if reader.take("GRANT", "OPTION", "FOR") else ""
    rights, objects = _rights(reader)
    reader.expect("FROM")
    grantees = _grantees(reader)
    reader.end()
    return Direct(f"REVOKE {option}{rights} ON {objects} FROM {grantees}")


def alter_default_privileges(reader: Reader) -> Direct:
    """Return ALTER DEFAULT PRIVILEGES; the reader stands behind these words."""
    scope = ""
    if reader.take("FOR", "USER"):
        scope += f" FOR ROLE {', '.join(quoted(name) for name in _names(reader))}"
    if reader.take("IN", "SCHEMA"):
        scope += f" IN SCHEMA {', '.join(quoted(name.lower()) for name in _names(reader))}"
    verb = "GRANT" if reader.take("GRANT") else "REVOKE"
    if verb == "REVOKE":
        reader.expect("REVOKE")
    rights = _right_names(reader, "TABLE")
    reader.expect("ON", "TABLES")
    word = "TO" if verb == "GRANT" else "FROM"
    reader.expect(word)
    return Direct(
        f"ALTER DEFAULT PRIVILEGES{scope} {verb} {rights} ON TABLES {word} {_grantees(reader)}"
    )


def _rights(reader: Reader) -> tuple[str, str]:
    words = [reader.skip()]
    reader.take("PRIVILEGES")
    while reader.take(","):
        words.append(reader.skip())
    reader.expect("ON")
    kind, objects = _objects(reader)
    for word in words:
        if word not in _RIGHTS[kind]:
            raise UnsupportedError(f"the right {word} on a {kind.lower()}")
    return ", ".join(words), objects


def _right_names(reader: Reader, kind: str) -> str:
    words = [reader.skip()]
    reader.take("PRIVILEGES")
    while reader.take(","):
        words.append(reader.skip())
    for word in words:
        if word not in _RIGHTS[kind]:
            raise UnsupportedError(f"the right {word}")
    return ", ".join(words)


def _objects(reader: Reader) -> tuple[str, str]:
    if reader.take("ALL", "TABLES", "IN", "SCHEMA"):
        schemas = ", ".join(quoted(name.lower()) for name in _names(reader))
        return "TABLE", f"ALL TABLES IN SCHEMA {schemas}"
    for kind in ("SCHEMA", "DATABASE"):
        if reader.take(kind):
            return kind, f"{kind} {', '.join(quoted(name.lower()) for name in _names(reader))}"
    if reader.word() in ("FUNCTION", "PROCEDURE", "LANGUAGE", "EXTERNAL", "DATASHARE"):
        raise reader.unsupported("rights on a")
    reader.take("TABLE")
    names = [relation_sql(relation_name(reader.dotted_name()))]
    while reader.take(","):
        names.append(relation_sql(relation_name(reader.dotted_name())))
    return "TABLE", ", ".join(names)


def _grantees(reader: Reader) -> str:
    grantees = [_grantee(reader)]
    while reader.take(","):
        grantees.append(_grantee(reader))
    return ", ".join(grantees)


def _grantee(reader: Reader) -> str:
    if reader.take("PUBLIC"):
        return "PUBLIC"
    if reader.word() in ("ROLE", "GROUP"):
        reader.skip()
    return quoted(reader.user_name())
