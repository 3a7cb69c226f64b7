"""Optuna: trials without prospects end early."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nn.training.callbacks import Callback
from nn.training.checks import require_figure
from nn.training.run import Run

if TYPE_CHECKING:
    from optuna import Trial


class OptunaPruning(Callback):
    """Report a figure to an Optuna trial after every epoch, and end the trial if it lags behind.

    Parameters
    ----------
    trial : optuna.Trial
        As given to the objective.
    monitor : str, default "val_loss"
        Which figure is reported; the direction of the study says whether it is to become small.

    Raises
    ------
    ImportError
        If Optuna is missing; the message names the extra to install.
    ValueError
        If the figure is not measured.
    optuna.TrialPruned
        Out of `nn.fit`, if the study's pruner gives the trial up; `optimize` expects it.

    Notes
    -----
    A trial whose loss becomes nan or infinite raises `nn.NonFiniteLossError`; a study that is to
    go on after it says ``study.optimize(..., catch=nn.NonFiniteLossError)``.

    Examples
    --------
    >>> import nn, optuna
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> X, y = nn.data.make_moons(60, seed=0)
    >>> def objective(trial):
    ...     classifier = nn.estimators.NeuralClassifier(
    ...         learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
    ...         epochs=5, validation_fraction=0.3, random_state=0,
    ...         callbacks=[nn.OptunaPruning(trial)],
    ...     )
    ...     return classifier.fit(X, y).history_["val_loss"][-1]
    >>> study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=2))
    >>> study.optimize(objective, n_trials=4)
    """

    def __init__(self, trial: Trial, monitor: str = "val_loss") -> None:
        try:
            from optuna import TrialPruned
        except ImportError as error:
            raise ImportError(
                "OptunaPruning needs Optuna: pip install 'glassgrad[search]'."
            ) from error
        self.trial = trial
        self.monitor = monitor
        self._pruned = TrialPruned

    def before_training(self, run: Run) -> None:
        """Check that there is something to report."""
        require_figure(self, self.monitor, run)

    def after_epoch(self, run: Run, figures: Mapping[str, float]) -> None:
        """Report the figure of the epoch, and ask whether to go on."""
        self.trial.report(figures[self.monitor], step=run.epoch)
        if self.trial.should_prune():
            raise self._pruned(
                f"pruned after epoch {run.epoch}, with {self.monitor} at "
                f"{figures[self.monitor]:.4g}."
            )
