"""Raw objects in any number, as the ingest lands them, with what is broken, late or sent twice."""
