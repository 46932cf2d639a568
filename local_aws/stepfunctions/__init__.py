"""Step Functions as AWS runs it: our interpreter of JSONata state machines on MiniStack's API."""
