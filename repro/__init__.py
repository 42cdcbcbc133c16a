"""Takes a famous chapter of 2017 apart and says, claim by claim, what still holds."""

__version__ = "0.1.0"
