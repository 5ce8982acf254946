// Σ over paths, Π over edges: the paths one by one.

import { graphView } from "./lib/graph_view.js";
import { pathsCard } from "./lib/paths_card.js";
import { defineView } from "./lib/view.js";

export default defineView((context) => graphView(context, [pathsCard(context.scene)]));
