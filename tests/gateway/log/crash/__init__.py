"""Crashes of the log: power loss by recorded IO, a full disk, kill -9."""
