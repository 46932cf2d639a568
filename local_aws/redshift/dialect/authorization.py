"""The clauses by which COPY and UNLOAD say on whose behalf they reach S3."""

from __future__ import annotations

from local_aws.redshift.dialect.tokens import Reader
from local_aws.redshift.errors import SyntaxRefusedError, UnsupportedError
from local_aws.settings import REGION

_KEYS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


class Authorization:
    """An IAM role or a pair of access keys."""

    def __init__(self) -> None:
        self._role = ""
        self._keys: dict[str, str] = {}

    def read(self, reader: Reader) -> bool:
        """Read one clause if it is one of these; return whether it was."""
        if reader.take("IAM_ROLE"):
            self._role = "default" if reader.take("DEFAULT") else _arn(reader.string())
            return True
        if reader.word() in _KEYS:
            name = reader.skip()
            reader.take("AS")
            self._keys[name] = reader.string()
            return True
        if reader.word() in ("CREDENTIALS", "WITH"):
            raise UnsupportedError(f"the clause {reader.word()}", "Use IAM_ROLE.")
        return False

    def role(self, command: str) -> str:
        """Return the role's ARN, `default`, or keys as `key_id:secret[:token]`.

        Raises
        ------
        SyntaxRefusedError : there is none, or more than one.
        """
        if not self._keys:
            if not self._role:
                raise SyntaxRefusedError(
                    f"{command} must specify IAM_ROLE, or ACCESS_KEY_ID and SECRET_ACCESS_KEY",
                    "0LP01",
                )
            return self._role
        if self._role or not set(_KEYS[:2]) <= self._keys.keys():
            raise SyntaxRefusedError(f"{command} needs one IAM_ROLE or one pair of access keys")
        return ":".join(self._keys[name] for name in _KEYS if name in self._keys)


def _arn(text: str) -> str:
    if "," in text:
        raise UnsupportedError("a chain of IAM roles")
    if text != "default" and not text.startswith("arn:"):
        raise SyntaxRefusedError(f"Invalid IAM role: {text}", "XX000")
    return text


def check_region(region: str) -> None:
    """Refuse another region than the one of the local cloud."""
    if region != REGION:
        raise SyntaxRefusedError(
            f"S3ServiceException: the bucket is in {REGION}, not in {region}", "XX000"
        )
