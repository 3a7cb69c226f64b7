"""Reductions, scans, order statistics and norms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import nn.functional as F  # noqa: N812 - PyTorch's usual name for it

# --- arguments ----------------------------------------------------------------------------------


def axes(x: Any, dim: Any) -> Any:
    """PyTorch's `dim` as numpy's `axis`: no axis means all, and a 0-d array has none to name."""
    if x.ndim == 0 or dim is None or dim == []:
        return None
    return tuple(dim) if isinstance(dim, list | tuple) else dim


def reduction(function: Callable[..., Any], **fixed: Any) -> Callable[..., Any]:
    def adapter(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        x = x if dtype is None else x.astype(dtype)
        return function(x, axis=axes(x, dim), keepdims=keepdim, **fixed)

    return adapter


def spread(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of var and std: PyTorch subtracts 1 from the number of elements unless told otherwise."""

    def adapter(
        x: Any,
        dim: Any = None,
        unbiased: bool = True,
        keepdim: bool = False,
        correction: Any = None,
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        ddof = int(unbiased) if correction is None else correction
        return function(x, axis=axes(x, dim), ddof=ddof, keepdims=keepdim)

    return adapter


def with_mean(function: Callable[..., Any]) -> Callable[..., Any]:
    def adapter(x: Any, dim: Any = None, *args: Any, keepdim: bool = False, **kwargs: Any) -> Any:
        of_dim = None if isinstance(dim, bool) else axes(x, dim)
        mean = np.mean(x, axis=of_dim, keepdims=keepdim)
        return spread(function)(x, dim, *args, keepdim=keepdim, **kwargs), mean

    return adapter


def scan(function: Callable[..., Any]) -> Callable[..., Any]:
    """A scan of a 0-d array has one axis in numpy."""

    def adapter(x: Any, dim: int, dtype: Any = None) -> Any:
        return np.reshape(function(np.atleast_1d(x), axis=dim), np.shape(x))

    return adapter


def extreme(function: Callable[..., Any], where: Callable[..., Any]) -> Callable[..., Any]:
    """Without `dim` the number, with it also where it was found."""

    def adapter(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None:
            return function(x)
        options = {"axis": axes(x, dim), "keepdims": keepdim}
        return function(x, **options), where(x, **options)

    return adapter


# --- order ---------------------------------------------------------------------------------------


def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    line = np.atleast_1d(x)
    values, places = np.sort(line, axis=dim), np.argsort(line, axis=dim, stable=True)
    if descending:
        values, places = np.flip(values, dim), np.argsort(-line, axis=dim, stable=True)
    return np.reshape(values, np.shape(x)), np.reshape(places, np.shape(x))


def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    values, places = sort(x, dim, descending=largest)
    if x.ndim == 0:
        return values, places
    first = np.arange(k)
    return np.take(values, first, axis=dim), np.take(places, first, axis=dim)


def kth(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest along an axis, and where it was found."""
    line = np.atleast_1d(x)
    place = np.take(np.argsort(line, axis=dim), [k - 1], axis=dim)
    value = np.take(np.partition(line, k - 1, axis=dim), [k - 1], axis=dim)
    shape = np.shape(x) if x.ndim == 0 else place.shape if keepdim else place.squeeze(dim).shape
    return np.reshape(value, shape), np.reshape(place, shape)


def median(quantile: Callable[..., Any]) -> Callable[..., Any]:
    """PyTorch's median is an element: of an even number the lower one in the middle."""

    def adapter(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        axis = axes(x, dim)
        value = quantile(x, 0.5, method="lower", axis=axis, keepdims=True)
        place = np.argmax(x == value, axis=axis, keepdims=True)
        shape = np.sum(x.data, axis=axis, keepdims=keepdim).shape
        value = np.reshape(value, shape)
        return value if dim is None else (value, np.reshape(place, shape))

    return adapter


def quantile(function: Callable[..., Any]) -> Callable[..., Any]:
    def adapter(
        x: Any, q: Any, dim: Any = None, keepdim: bool = False, interpolation: str = "linear"
    ) -> Any:
        return function(x, q, axis=axes(x, dim), keepdims=keepdim, method=interpolation)

    return adapter


# --- selection -----------------------------------------------------------------------------------


def gather(x: Any, dim: int, index: Any) -> Any:
    """As `take_along_axis`, but with an index that may be shorter along the other axes."""
    if x.ndim != index.ndim or x.ndim == 0:
        return np.take(x, index)
    lengths = (*index.shape[:dim], x.shape[dim], *index.shape[dim + 1 :])
    return np.take_along_axis(x[tuple(map(slice, lengths))], index, axis=dim)


def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    return np.take_along_axis(x, indices.ravel() if dim is None else indices, axis=dim)


# --- calculus on samples -------------------------------------------------------------------------


def diff(x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    edges = {"prepend": prepend, "append": append}
    given = {name: edge for name, edge in edges.items() if edge is not None}
    return np.diff(x, n, axis=dim, **given)


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, dim: int = -1) -> Any:
    return np.trapezoid(y, x, dx, axis=dim)


def cumulative_trapezoid(y: Any, x: Any = None, dx: float = 1.0, dim: int = -1) -> Any:
    """numpy has none: the running sum of the trapezoids."""
    n = y.shape[dim]
    both = np.take(y, np.arange(1, n), axis=dim) + np.take(y, np.arange(n - 1), axis=dim)
    width = dx if x is None else np.diff(x, axis=dim)
    return np.cumsum(width * both / 2, axis=dim)


def gradient(x: Any, spacing: Any = None, dim: Any = None, edge_order: int = 1) -> Any:
    steps = () if spacing is None else spacing if isinstance(spacing, list | tuple) else (spacing,)
    slopes = np.gradient(x, *steps, axis=axes(x, dim), edge_order=edge_order)
    return slopes if isinstance(slopes, tuple) else (slopes,)


# --- running results -----------------------------------------------------------------------------


def running_extreme(ufunc: Any) -> Callable[..., Any]:
    """Also where each was found, at the last place if it is there several times."""

    def adapter(x: Any, dim: int) -> Any:
        values = scan(ufunc.accumulate)(x, dim)
        step = np.indices(x.shape)[dim] if x.ndim else np.zeros((), dtype=int)
        reached = np.where(x == values, step, 0)
        return values, scan(np.maximum.accumulate)(reached, dim)

    return adapter


# --- norms and distances -------------------------------------------------------------------------


def norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The older function: a matrix norm only if it is nuclear."""
    if p == "nuc":
        return np.linalg.norm(x, p, axis=axes(x, dim), keepdims=keepdim)
    order = 2 if p in ("fro", None) else p
    return np.linalg.vector_norm(x, ord=order, axis=axes(x, dim), keepdims=keepdim)


def linalg_norm(
    x: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    return np.linalg.norm(x, ord, axis=axes(x, dim), keepdims=keepdim)


def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    return np.linalg.vector_norm(x, ord=ord, axis=axes(x, dim), keepdims=keepdim)


def matrix_norm(
    x: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, dtype: Any = None
) -> Any:
    return np.linalg.norm(x, ord, axis=axes(x, dim), keepdims=keepdim)


def cdist(a: Any, b: Any, p: float = 2.0, compute_mode: str = "") -> Any:
    return np.linalg.norm(a[..., :, None, :] - b[..., None, :, :], ord=p, axis=-1)


def pdist(x: Any, p: float = 2.0) -> Any:
    first, second = np.triu_indices(len(x), 1)
    return np.linalg.norm(x[first] - x[second], ord=p, axis=-1)


def pairwise_distance(
    a: Any, b: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    return np.linalg.norm(a - b + eps, ord=p, axis=-1, keepdims=keepdim)


def normalize(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    length = np.linalg.vector_norm(x, ord=p, axis=axes(x, dim), keepdims=True)
    return x / np.maximum(length, eps)


def cosine_similarity(a: Any, b: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    shape = np.broadcast_shapes(a.shape, b.shape)
    unit_a, unit_b = (normalize(np.broadcast_to(x, shape), 2, dim, eps) for x in (a, b))
    product = unit_a * unit_b
    return np.sum(product, axis=axes(product, dim))


def renorm(x: Any, p: float, dim: int, maxnorm: float) -> Any:
    others = tuple(i for i in range(x.ndim) if i != dim % x.ndim)
    length = np.linalg.vector_norm(x, ord=p, axis=others, keepdims=True)
    return x * np.where(length > maxnorm, maxnorm / (length + 1e-7), 1.0)


# --- masked: what the mask leaves out is NaN to the functions that skip NaN ----------------------


def masked(adapter: Callable[..., Any], hidden: float = np.nan) -> Callable[..., Any]:
    def of_visible(x: Any, *args: Any, mask: Any = None, **kwargs: Any) -> Any:
        visible = x if mask is None else np.where(mask, x, hidden)
        return adapter(visible, *args, **kwargs)

    return of_visible


def masked_norm(x: Any, ord: float, dim: Any = None, mask: Any = None, **options: Any) -> Any:
    hidden = np.inf if ord < 0 else 0.0
    return masked(vector_norm, hidden)(x, ord, dim, mask=mask, **options)


OPERATORS: dict[str, Callable[..., Any]] = {
    # reductions
    "sum": reduction(np.sum),
    "mean": reduction(np.mean),
    "prod": reduction(np.prod),
    "amax": reduction(np.amax),
    "amin": reduction(np.amin),
    "nansum": reduction(np.nansum),
    "nanmean": reduction(np.nanmean),
    "aminmax": lambda x, dim=None, keepdim=False: (
        reduction(np.amin)(x, dim, keepdim),
        reduction(np.amax)(x, dim, keepdim),
    ),
    "max.reduction_no_dim": extreme(np.max, np.argmax),
    "max.reduction_with_dim": extreme(np.max, np.argmax),
    "min.reduction_no_dim": extreme(np.min, np.argmin),
    "min.reduction_with_dim": extreme(np.min, np.argmin),
    "var": spread(np.var),
    "var.unbiased": spread(np.var),
    "std": spread(np.std),
    "std.unbiased": spread(np.std),
    "var_mean": with_mean(np.var),
    "var_mean.unbiased": with_mean(np.var),
    "std_mean": with_mean(np.std),
    "std_mean.unbiased": with_mean(np.std),
    "corrcoef": np.corrcoef,
    "logsumexp": reduction(np.logaddexp.reduce),
    # scans
    "cumsum": scan(np.cumsum),
    "cumprod": scan(np.cumprod),
    "cummax": running_extreme(np.maximum),
    "cummin": running_extreme(np.minimum),
    "logcumsumexp": scan(np.logaddexp.accumulate),
    # order
    "sort": sort,
    "msort": lambda x: np.sort(x, axis=0),
    "topk": topk,
    "kthvalue": kth,
    "median": median(np.quantile),
    "nanmedian": median(np.nanquantile),
    "quantile": quantile(np.quantile),
    "nanquantile": quantile(np.nanquantile),
    # selection
    "take": np.take,
    "take_along_dim": take_along_dim,
    "gather": gather,
    # calculus on samples
    "diff": diff,
    "trapezoid": trapezoid,
    "trapz": trapezoid,
    "cumulative_trapezoid": cumulative_trapezoid,
    "gradient": gradient,
    # norms and distances
    "norm": norm,
    "norm.fro": norm,
    "norm.nuc": norm,
    "norm.inf": norm,
    "linalg.norm": linalg_norm,
    "linalg.norm.subgradients_at_zero": linalg_norm,
    "linalg.vector_norm": vector_norm,
    "linalg.matrix_norm": matrix_norm,
    "dist": lambda a, b, p=2: np.linalg.vector_norm(a - b, ord=p),
    "cdist": cdist,
    "nn.functional.pdist": pdist,
    "nn.functional.pairwise_distance": pairwise_distance,
    "nn.functional.normalize": normalize,
    "nn.functional.cosine_similarity": cosine_similarity,
    "renorm": renorm,
    # masked reductions
    "masked.sum": masked(reduction(np.nansum)),
    "masked.mean": masked(reduction(np.nanmean)),
    "masked.prod": masked(reduction(np.nanprod)),
    "masked.amax": masked(reduction(np.amax), hidden=-np.inf),
    "masked.amin": masked(reduction(np.amin), hidden=np.inf),
    "masked.median": masked(reduction(np.nanquantile, q=0.5, method="lower")),
    "masked.var": masked(spread(np.nanvar)),
    "masked.std": masked(spread(np.nanstd)),
    "masked.cumsum": masked(scan(np.nancumsum)),
    "masked.cumprod": masked(scan(np.nancumprod)),
    "masked.logsumexp": masked(reduction(np.logaddexp.reduce), hidden=-np.inf),
    "masked.norm": masked_norm,
    "masked.normalize": masked(
        lambda x, ord, dim, eps=1e-12, dtype=None: normalize(x, ord, dim, eps), hidden=0.0
    ),
    "masked.softmax": masked(lambda x, dim, dtype=None: F.softmax(x, dim), hidden=-np.inf),
    "masked.log_softmax": masked(lambda x, dim, dtype=None: F.log_softmax(x, dim), hidden=-np.inf),
    "masked.softmin": masked(lambda x, dim, dtype=None: F.softmax(-x, dim), hidden=np.inf),
}

LEFT_OUT = {
    "cov": (
        "PyTorch adds up the samples' float32 weights in float32: where the gradient of a weight "
        "is 0, it finds 5e-7"
    ),
    "mode": "numpy has no such function",
}
