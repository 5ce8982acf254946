from .engine.differences import central_difference as central_difference
from .engine.gradients import backprop as backprop
from .engine.gradients import count_paths as count_paths
from .engine.gradients import path_sum as path_sum
from .engine.gradients import paths as paths
from .engine.graph import Graph as Graph
from .engine.graph import Vertex as Vertex
from .engine.linearization import Edge as Edge
from .engine.linearization import Linearization as Linearization
from .engine.linearization import linearization as linearization
from .engine.ops import Op
from .engine.order import topological_order as topological_order
from .engine.program import Program as Program
from .engine.watch import Watched as Watched
from .errors import GraphError as GraphError
from .figures.registry import figure as figure
from .render.picture import draw as draw
from .widgets.album import album as album
from .widgets.animate import animate as animate
from .widgets.explore import explore as explore
from .widgets.explore import walk_paths as walk_paths
from .widgets.order_game import order_game as order_game
from .widgets.quiz import quiz as quiz

def __getattr__(name: str) -> Op: ...
