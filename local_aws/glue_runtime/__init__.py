"""The packages that are put on the path of a job's process."""
