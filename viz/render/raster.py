"""PNG and PDF, through the optional converter cairosvg."""

from __future__ import annotations

from types import ModuleType


def to_png(svg: str) -> bytes:
    """An SVG as a PNG image, at twice its size in pixels."""
    return _converter("PNG").svg2png(bytestring=svg.encode(), scale=2)  # type: ignore[no-any-return]


def to_pdf(svg: str) -> bytes:
    """An SVG as a PDF document."""
    return _converter("PDF").svg2pdf(bytestring=svg.encode())  # type: ignore[no-any-return]


def _converter(form: str) -> ModuleType:
    try:
        import cairosvg
    except (ImportError, OSError) as error:  # OSError: the library cairo itself is missing
        raise ImportError(
            f"saving as {form} needs cairosvg and the library cairo ({error}); install them with "
            "pip install 'glassgrad[export]', or save as .svg or .html."
        ) from error
    return cairosvg  # type: ignore[no-any-return]
