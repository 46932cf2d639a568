"""The published description of the APIs, by which tests check real answers."""

from __future__ import annotations

from typing import Any

import yaml
from jsonschema import Draft202012Validator

from local_aws.settings import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "openapi.yaml"


class Document:
    """The description, read so that an answer may hold nothing that it does not name."""

    def __init__(self) -> None:
        self.published: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
        self._strict = _closed(self.published)

    def check(self, path: str, method: str, status: int, body: Any) -> None:
        """Fail unless the description knows an answer like this.

        Raises
        ------
        jsonschema.ValidationError : the body is not as described.
        KeyError : the status is not described.
        """
        response = self._strict["paths"][path][method]["responses"][str(status)]
        if "$ref" in response:
            name = response["$ref"].rpartition("/")[2]
            response = self._strict["components"]["responses"][name]
        schema = response["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": self._strict["components"]}).validate(body)


def _closed(schema: Any) -> Any:
    """Return a schema whose objects have no properties but those described."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    return closed | ({"additionalProperties": False} if "properties" in schema else {})
