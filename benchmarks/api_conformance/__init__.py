"""Whether the APIs do what docs/openapi.yaml says, whatever is asked of them."""
