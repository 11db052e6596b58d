"""Tests of texts: no files, no clocks; a slow machine is no failure."""

from hypothesis import settings

settings.register_profile("pure", deadline=None)
settings.load_profile("pure")
