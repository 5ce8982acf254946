from . import examples as examples
from . import networks as networks
from .algorithms.costs import checkpointed as checkpointed
from .algorithms.costs import eliminate as eliminate
from .algorithms.debug import central_difference as central_difference
from .algorithms.debug import first_not_finite as first_not_finite
from .algorithms.jacobians import jacobian as jacobian
from .algorithms.second_derivatives import gradient_graph as gradient_graph
from .algorithms.second_derivatives import hessian_vector as hessian_vector
from .algorithms.unrolling import unroll as unroll
from .checking import check_gradients as check_gradients
from .definitions import define as define
from .engine.gradients import backprop as backprop
from .engine.gradients import forward_mode as forward_mode
from .engine.gradients import path_sum as path_sum
from .engine.graph import Graph as Graph
from .engine.linearization import Edge as Edge
from .engine.linearization import Linearization as Linearization
from .engine.linearization import linearization as linearization
from .engine.op import Op as Op
from .engine.paths import count_paths as count_paths
from .engine.paths import paths as paths
from .engine.paths import topological_order as topological_order
from .engine.sequences import concatenate as concatenate
from .engine.sequences import stack as stack
from .engine.vertex import Vertex as Vertex
from .engine.watch import Watched as Watched
from .errors import GraphError as GraphError
from .figures import figure as figure
from .films import steps as steps
from .functions import gradient as gradient
from .functions import hessian as hessian
from .functions import jvp as jvp
from .functions import value_and_gradient as value_and_gradient
from .functions import vjp as vjp
from .lessons.course_map import course_map as course_map
from .lessons.course_map import progress as progress
from .programs.program import Program as Program
from .render.networks import draw_network as draw_network
from .render.picture import draw as draw
from .tracing import trace as trace
from .widgets.album import album as album
from .widgets.animate import animate as animate
from .widgets.deepen import deepen as deepen
from .widgets.descent import descent as descent
from .widgets.explore import explore as explore
from .widgets.explore import nudge as nudge
from .widgets.explore import order_game as order_game
from .widgets.explore import show_out as show_out
from .widgets.explore import walk_paths as walk_paths
from .widgets.gate import gate as gate
from .widgets.layer import layer as layer
from .widgets.quiz import predict as predict
from .widgets.quiz import quiz as quiz

# the operations of the table, written by `make api`
add: Op
sub: Op
mul: Op
div: Op
neg: Op
exp: Op
log: Op
log1p: Op
expm1: Op
sqrt: Op
square: Op
sin: Op
cos: Op
tan: Op
pow: Op
tanh: Op
sigmoid: Op
softplus: Op
abs: Op
relu: Op
leaky_relu: Op
maximum: Op
minimum: Op
clip: Op
where: Op
matmul: Op
dot: Op
index: Op
transpose: Op
swapaxes: Op
expand_dims: Op
reshape: Op
broadcast_to: Op
join: Op
sum: Op
mean: Op
var: Op
max: Op
min: Op
softmax: Op
logsumexp: Op
cross_entropy: Op
mse: Op
