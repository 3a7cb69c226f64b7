"""health: what is wrong with the gradients of a network, in plain words."""

from viz.health.diagnosis import Diagnosis, Finding
from viz.health.examination import diagnose
from viz.health.explaining import why
from viz.health.explanation import Culprit, Explanation

__all__ = ["Culprit", "Diagnosis", "Explanation", "Finding", "diagnose", "why"]
