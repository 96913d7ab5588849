"""One way to run the tests: random examples are the same on every machine and in every run."""

from hypothesis import settings

settings.register_profile("salus", derandomize=True, deadline=None)
settings.load_profile("salus")
