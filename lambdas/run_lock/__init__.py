"""Takes and releases the lock that lets one execution at a time change the lake."""
