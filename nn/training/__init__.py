"""Training: the loop over epochs and batches, what is measured, and what looks on."""

from nn.training.callbacks import Callback
from nn.training.checkpoints import Checkpoint
from nn.training.evaluation import Loss, evaluate, predict
from nn.training.gradients import ClipGradients
from nn.training.history import History
from nn.training.loop import NonFiniteLossError, fit
from nn.training.measurement import Metric, Metrics
from nn.training.monitoring import BestWeights, EarlyStopping
from nn.training.run import Run
from nn.training.schedules import Schedule

__all__ = [
    "BestWeights",
    "Callback",
    "Checkpoint",
    "ClipGradients",
    "EarlyStopping",
    "History",
    "Loss",
    "Metric",
    "Metrics",
    "NonFiniteLossError",
    "Run",
    "Schedule",
    "evaluate",
    "fit",
    "predict",
]
