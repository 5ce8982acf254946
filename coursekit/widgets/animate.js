// Recorded runs of algorithms, one read per step.

import { select } from "./lib/dom.js";
import { graphView } from "./lib/graph_view.js";
import { defineView } from "./lib/view.js";
/** @import { Card, Context, Scene } from "./lib/types.js" */

/** One read (`Read` in recording.py): its edges, its line of code, and the numbers that the algorithm had stored after it.
 * @typedef {{highlight: number[], line: number | null, below: (number | null)[], head: number | null,
 *   wrong: number | null, unfinished: number[], text: string}} Step
 * @typedef {{name: string, source: string[], steps: Step[]}} Run */

/** @param {Scene} scene @param {Run[]} runs @returns {Card} */
function runsCard(scene, runs) {
  const menu = select("Algorithm", runs.map(({ name }, i) => [i, name]));
  const run = () => runs[Number(menu.value)], isOnly = runs.length === 1;
  return {
    title: isOnly ? runs[0].name : "",
    controls: isOnly ? [] : [menu],
    steps: () => ({ length: run().steps.length, start: 0, source: run().source }),
    frame(step) {
      const { steps } = run(), cost = `Read ${step} of ${steps.length}.`;
      const blank = { highlight: [], below: scene.names.map(() => null), text: "Nothing has been read yet." };
      if (step === 0) return { ...blank, cost };
      const { highlight, below, head, unfinished, line, text } = steps[step - 1];
      const wrong = steps.slice(0, step).map((one) => one.wrong).filter((v) => v !== null);
      return { highlight, below, reading: head, wrong, unfinished, line, text, cost };
    },
  };
}

export default defineView(
  /** @param {Context<Scene & {cards: Run[][]}>} context */
  (context) => graphView(context, context.scene.cards.map((runs) => runsCard(context.scene, runs))),
);
