"""The desk over HTTP: what each party of a warehouse receipt may see and ask, and nothing else."""
