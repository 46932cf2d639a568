-- Who may log in reads schema retail and writes nowhere: Redshift lets everybody create tables in
-- schema public unless it is told otherwise. Temporary tables, which end with their session, stay
-- allowed: Tableau makes them.

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
