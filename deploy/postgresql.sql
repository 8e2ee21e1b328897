-- The portal's role and database, on the machine it runs on:
--   sudo -u postgres psql -v ON_ERROR_STOP=1 -f deploy/postgresql.sql
-- PostgreSQL 14 or later. The role is no superuser: the portal makes its own tables, and the extension it needs
-- (btree_gist) is one that a database's owner may add.
--
-- The role has no password. By the machine's own socket, the system's user of the same name is let in, as Debian's
-- pg_hba.conf has it:
--   local  all         all                          peer
-- From another machine, give it one (\password "quiet-room"), and let it in by TLS and nothing else:
--   hostssl quiet_room "quiet-room"  10.0.0.0/24    scram-sha-256
-- A process has at most 20 connections open, a backup one more: max_connections must leave room for all of them.

CREATE ROLE "quiet-room" LOGIN;
CREATE DATABASE quiet_room OWNER "quiet-room" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE quiet_room FROM PUBLIC;
