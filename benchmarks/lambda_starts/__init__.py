"""How long each Lambda function takes to start and to answer, with how much memory, here."""
