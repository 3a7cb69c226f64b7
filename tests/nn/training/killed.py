"""A training that kills itself when it is told to: run by test_checkpoints, in processes."""

import json
import os
import signal
import sys
import zlib
from pathlib import Path

import numpy as np

import nn
from nn.optim import lr_scheduler


class Kill(nn.Callback):
    """Ends the process as ``kill -9`` does, before a step is used."""

    def __init__(self, step):
        self.left = step

    def before_step(self, model, loss):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def augment(images, rng):
    moved = nn.data.augmentation.translate(images, 1, seed=rng)
    return nn.data.augmentation.noise(moved, 0.1, seed=rng)


def main(folder, unit, every, kill_in):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(50, 1, 6, 6)).astype(np.float32)
    classes = (images.mean(axis=(1, 2, 3)) > 0).astype(int)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, seed=rng),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Dropout(0.3, seed=1),
        nn.Flatten(),
        nn.Linear(64, 2, seed=rng),
    )
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    history = nn.fit(
        model,
        images[:40],
        classes[:40],
        loss=nn.CrossEntropyLoss(),
        optimizer=optimizer,
        epochs=6,
        batch_size=8,
        augment=augment,
        validation=(images[40:], classes[40:]),
        metrics=[nn.accuracy, nn.f1_score],
        seed=2,
        progress=False,
        callbacks=[
            nn.Checkpoint(folder, every, unit=unit, resume=True),
            nn.Schedule(lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=31), "batch"),
            nn.Schedule(lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)),
            nn.BestWeights(),
            nn.ClipGradients(1.0),
            *([Kill(kill_in)] if kill_in else []),
        ],
    )
    state = b"".join(array.tobytes() for array in model.state_dict().values())
    print(json.dumps([history, zlib.crc32(state), optimizer.param_groups[0]["lr"]]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
