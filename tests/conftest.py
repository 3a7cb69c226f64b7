"""What holds for all tests."""

from hypothesis import settings

# A busy machine is no defect, and no test asserts a time.
settings.register_profile("glassgrad", deadline=None)
settings.load_profile("glassgrad")
