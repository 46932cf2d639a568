"""What a batch of new rows costs over a long history, against the same batch over none."""
