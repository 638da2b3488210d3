"""Tests of the device side: outbox, stream, drivers, agent."""
