"""Pictures of a scene that a test made."""

from coursekit.render.page import scene_figure
from coursekit.render.sources import render


class Shown:
    """The source of a picture that shows a scene."""

    alt = "words"

    def __init__(self, scene):
        self._scene = scene

    def scene(self, _):
        return self._scene

    def size(self, _):
        return self._scene.size

    def figure(self, look, size):
        return scene_figure(self._scene, look, size=size)

    def advice(self, _):
        return ""


def render_scene(scene, form, look):
    return render([Shown(scene)], form, look)
