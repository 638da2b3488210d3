"""The whole system in one process under virtual time, from one seed. See README.md in this folder."""
