"""AWS Glue's Python library as local job runs find it: the part that the jobs use, and no more.

Same module paths, names and signatures as the official package; a test compares them.
"""
