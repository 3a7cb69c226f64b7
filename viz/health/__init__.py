"""health: what is wrong with the gradients of a network, in plain words."""

from viz.health.diagnosis import Diagnosis, Finding
from viz.health.examination import diagnose

__all__ = ["Diagnosis", "Finding", "diagnose"]
