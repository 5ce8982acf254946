"""Pictures one after the other in one file: pages, fragments, an animation; or a file for each."""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coursekit.errors import GraphError
from coursekit.render.files import Look, format_of, is_positive
from coursekit.render.picture import Picture
from coursekit.render.sources import Source, render
from coursekit.render.text import px

FRAME_WIDTH = 400  # pixels: two frames fit side by side in a JupyterLab cell
SECONDS = 1.2  # for which a frame of a film is shown
FORMATS = ("svg", "pdf", "png", "tex", "gif", "mp4")
MAX_SECONDS = 60
COLOURS = 128  # of a GIF
EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"  # the codec needs even sides
NAMESPACE = "http://www.w3.org/2000/svg"


class Steps(Picture):
    """Pictures that are shown one after the other, such as the steps of an algorithm."""

    def __init__(self, frames: Sequence[Picture], alt: str, texts: Sequence[str] = ()) -> None:
        super().__init__(frames[-1].source, alt)
        self.frames, self.texts = tuple(frames), tuple(texts)  # a sentence for each frame

    @property
    def html(self) -> str:
        """An <img> element for each frame, in rows."""
        narrow = f'<img width="{FRAME_WIDTH}" '
        return "\n".join(frame.html.replace("<img ", narrow) for frame in self.frames)

    def save(self, path: str | Path, *, seconds: float | None = None, **options: Any) -> None:
        """Write all frames: `.pdf` has a page for each, and `.png` becomes a file for each.

        `.svg` has a fragment for each, which reveal.js shows one after the other; with `seconds`,
        it moves by itself. `.tex` (TikZ) has an overlay for each. `.gif` and `.mp4` are films, and
        MP4 needs the program ffmpeg. Further options are those of a picture.
        """
        path, look = Path(path), Look(**options)
        form = format_of(path, FORMATS)
        if seconds is not None and not (is_positive(seconds) and seconds < MAX_SECONDS):
            raise GraphError(f"seconds={seconds!r}: pass a number between 0 and {MAX_SECONDS}")
        if form == "png":
            for k, frame in enumerate(self.frames, 1):
                frame.save(path.with_stem(f"{path.stem}-{k:02}"), **options)
            return
        sources = [frame.source for frame in self.frames]
        if form in ("pdf", "tex"):
            content = render(sources, form, look)
        elif form == "svg":
            content = _moving_svg(sources, look, seconds) if seconds else _fragments(sources, look)
        else:
            images = [render([source], "png", look) for source in sources]
            content = (_gif if form == "gif" else _mp4)(images, seconds or SECONDS)
        path.write_bytes(content)


def _fragments(sources: Sequence[Source], look: Look) -> bytes:
    """Return an SVG to put into a slide of reveal.js: each frame covers the one before it."""
    groups = [f"<g>{_nested(sources[0], look)}</g>"]
    for k, source in enumerate(sources[1:]):
        fragment = f'<g class="fragment" data-fragment-index="{k}">'
        groups.append(f"{fragment}{_nested(source, look)}</g>")
    return _svg(sources, look, groups)


def _moving_svg(sources: Sequence[Source], look: Look, seconds: float) -> bytes:
    """Return an SVG that shows its frames one after the other, without a script.

    A program that does not know animations shows the last frame, and so does a reader who asks for
    less motion.
    """
    n, groups = len(sources), [STILL]
    for k, source in enumerate(sources):
        last = k == n - 1
        shown = (
            f'<animate attributeName="visibility" dur="{n * seconds:g}s" calcMode="discrete"'
            f' values="hidden;visible;hidden" keyTimes="0;{k / n:.5f};{(k + 1) / n:.5f}"'
            ' repeatCount="indefinite"/>'
        )
        mark = f'class="frame{" last" * last}" visibility="{"visible" if last else "hidden"}"'
        groups.append(f"<g {mark}>{shown}{_nested(source, look)}</g>")
    return _svg(sources, look, groups)


STILL = (
    "<style>@media (prefers-reduced-motion: reduce) {"
    " .frame { visibility: hidden !important; } .last { visibility: visible !important; } }</style>"
)


def _svg(sources: Sequence[Source], look: Look, groups: Sequence[str]) -> bytes:
    width, height = sources[-1].size(look)
    size = look.size("svg", width, height)
    width, height = width * size, height * size
    sides = f'width="{px(width)}" height="{px(height)}"'
    head = f'<svg xmlns="{NAMESPACE}" viewBox="0 0 {px(width)} {px(height)}" {sides}>'
    return "\n".join([head, *groups, "</svg>", ""]).encode()


def _nested(source: Source, look: Look) -> str:
    """Return a picture's element, without what only begins a file."""
    svg = source.svg(look).decode()
    return svg[svg.index("<svg") :].rstrip()


def _gif(images: Sequence[bytes], seconds: float) -> bytes:
    """Return a film with few colours, which any program plays."""
    from PIL import Image  # imported on first use: matplotlib brings it

    frames = [Image.open(io.BytesIO(image)).convert("RGB") for image in images]
    frames = [frame.quantize(COLOURS, dither=Image.Dither.NONE) for frame in frames]
    out = io.BytesIO()
    frames[0].save(
        out, format="GIF", save_all=True, append_images=frames[1:],
        duration=round(1000 * seconds), loop=0, optimize=False,
    )  # fmt: skip
    return out.getvalue()


def _mp4(images: Sequence[bytes], seconds: float) -> bytes:
    """Return a film, made by ffmpeg."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise GraphError(".mp4 needs the program ffmpeg: install it, or save a .gif")
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        for k, image in enumerate([*images, images[-1]]):  # the last frame is shown as long
            Path(folder, f"{k:04}.png").write_bytes(image)
        command = [
            program, "-loglevel", "error", "-framerate", f"{1 / seconds:.6f}",
            "-i", str(Path(folder, "%04d.png")), "-vf", EVEN, "-r", "25",
            "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-fflags", "+bitexact", str(film),
        ]  # fmt: skip
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise GraphError(f"ffmpeg could not make the film: {run.stderr.strip()[:300]}")
        return film.read_bytes()
