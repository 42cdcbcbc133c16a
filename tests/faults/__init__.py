"""Seeded faults: ways of getting the chapter wrong, and the fast test that catches each."""
