import { deepEqual, equal } from "node:assert/strict";
import { countPaths, firstPaths, forward, pathSum, reverse, unfinishedSums } from "widgets/lib/sweeps.js";
import { weightStates } from "widgets/lib/weights.js";
import { orderGame } from "widgets/order_game.js";

// l = (a + b)(b + 1) at a = 2, b = 1
const EXAMPLE = {
  names: ["a", "b", "c", "d", "ℓ"],
  edges: /** @type {[number, number][]} */ ([[0, 2], [1, 2], [1, 3], [2, 4], [3, 4]]),
  out: [[0], [1, 2], [3], [4], []],
  loss: 4,
  order: [0, 1, 2, 3, 4],
  reads: [4, 3, 1, 2, 0],
  inputs: [0, 1],
  values: [2, 1, 3, 2, 6],
  partials: [1, 1, 1, 2, 3],
  code: /** @type {[string | null, ...number[]][]} */ ([[null], [null], ["add", 0, 1], ["add", 1, -1], [
    "mul",
    2,
    3,
  ]]),
  constants: [1],
  svg: "",
  below: "",
};

Deno.test("the forward sweep computes values and partials", () => {
  deepEqual(forward(EXAMPLE, [2, 1]), { values: EXAMPLE.values, partials: EXAMPLE.partials });
});

Deno.test("a nudge changes a value and every value computed from it", () => {
  equal(forward(EXAMPLE, [2, 1], { v: 1, delta: 1 }).values[4], 12);
});

Deno.test("the reverse sweep computes every adjoint", () => {
  deepEqual(reverse(EXAMPLE, EXAMPLE.partials).adjoints, [2, 5, 2, 3, 1]);
});

Deno.test("an unfinished sweep leaves adjoints unknown, not 0", () => {
  deepEqual(reverse(EXAMPLE, EXAMPLE.partials, 3).adjoints, [null, 2, 2, 3, 1]);
});

Deno.test("the sum over paths is the adjoint", () => {
  const paths = firstPaths(EXAMPLE, 1, 64);
  equal(paths.length, Number(countPaths(EXAMPLE)[1]));
  equal(pathSum(paths, EXAMPLE.partials), 5);
});

Deno.test("the order game counts the choices and lists missing adjoints", () => {
  const game = orderGame(EXAMPLE);
  deepEqual(game.missing(1), [1, 2]);
  for (const v of [3, 2, 1, 0]) game.finish(v);
  deepEqual(game.adjoints, [2, 5, 2, 3, 1]);
  equal(game.choices(), 2);
  equal(game.isOver(), true);
});

Deno.test("a sum is unfinished until its last out-edge is read", () => {
  const open = (steps) => unfinishedSums(EXAMPLE, steps, reverse(EXAMPLE, EXAMPLE.partials, steps).adjoints);
  deepEqual([0, 1, 2, 3, 4, 5].map(open), [[], [], [], [1], [], []]);
});

Deno.test("an edge shows the size and the sign of its partial", () => {
  deepEqual([1, -0.1, 1e9, 0, NaN].map(weightStates), [
    ["plus", "size-4"],
    ["minus", "size-2"],
    [
      "plus",
      "size-8",
    ],
    ["zero"],
    [],
  ]);
});
