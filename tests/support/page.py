"""A page that shows views, without a kernel."""

from pathlib import Path

from coursekit.widgets.view import View, html_page


def write_page(path: Path, *views: View) -> str:
    """Write a page with these views and return its address."""
    path.write_text(html_page("Views", [(v.kind, v.widget.scene) for v in views]), "utf-8")
    return path.as_uri()
