"""Takes transactions over HTTP and lands them in raw/ through Firehose."""
