"""What runs inside a Glue job's process: its start, its S3 reader and its side of the bookmarks."""
