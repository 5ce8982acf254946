// ∂ℓ/∂z = ∂ℓ/∂a · σ'(z): a nonlinearity, its tangent, its derivative, and the adjoint passed on.

import { signedBar } from "./lib/bars.js";
import { chart } from "./lib/chart.js";
import { adjointMark, h, keyLine, select, valueMark } from "./lib/dom.js";
import { formatNumber } from "./lib/format.js";
import { OPS } from "./lib/operations.js";
import { defineView } from "./lib/view.js";
/** @import { Context } from "./lib/types.js" */
/** @typedef {{sigma: string, sigmas: string[], defaults: Record<string, number>, kinks: string[]}} Gate */

const SAMPLES = 160; // intervals per curve

/** σ and σ' as functions of z.
 * @param {string} sigma @param {number | null} setting */
function functionsOf(sigma, setting) {
  const op = OPS[sigma], value = (z) => op.value(z, setting);
  return { value, slope: (z) => op.partials[0](z, setting, undefined, value(z)) };
}

/** A remark on a kink or on a gate that is (nearly) shut, or "". */
function remark(z, slope, hasKink) {
  if (z === 0 && hasKink) {
    return " At the kink, every slope between the two is right; the table uses the left one.";
  }
  if (slope === 0) return " The gate is shut: nothing comes through.";
  return Math.abs(slope) < 0.05 ? " Nearly shut: σ is flat here." : "";
}

const bar = (name, x, kind = "") => signedBar(name, x, Math.min(50, 25 * Math.abs(x)), formatNumber(x), kind);

export default defineView(/** @param {Context<Gate>} context */ ({ scene, el, at, repaint, text, say }) => {
  const [{ min, max }] = scene.sliders;
  const menu = select("σ", scene.sigmas.map((name) => [name, name]), scene.sigma);
  const plot = chart([min, max], [-1.2, 2.2], "σ and its derivative against z");
  const [curve, slopes, tangent] = ["ck-sigma", "ck-prime", "ck-tangent"].map(plot.line);
  const disc = plot.disc("ck-here"), square = plot.square("ck-slope");
  const zs = Array.from({ length: SAMPLES + 1 }, (_, i) => min + ((max - min) * i) / SAMPLES);
  const value = valueMark("σ(z)"), prime = adjointMark("σ′(z)");
  const key = keyLine`${value} with its tangent; dashed ${prime}, the factor in the backward pass.`;
  const bars = h("div", { class: "ck-bars" }), card = h("div", { class: "ck-card" }, bars, text);
  el.append(h("label", { input: repaint }, "σ ", menu), plot.node, key, card);
  return () => {
    const [z, upstream] = at, sigma = functionsOf(menu.value, scene.defaults[menu.value]);
    const a = sigma.value(z), slope = sigma.slope(z), downstream = upstream * slope;
    curve(zs.map((x) => [x, sigma.value(x)]));
    slopes(zs.map((x) => [x, sigma.slope(x)]));
    tangent([z - 1, z + 1].map((x) => [x, a + slope * (x - z)]));
    disc(z, a);
    square(z, slope);
    bars.replaceChildren(
      bar("∂ℓ/∂a, from above", upstream),
      bar("σ′(z), the gate", slope, "ck-local"),
      bar("∂ℓ/∂z, passed on", downstream),
    );
    const product = `${formatNumber(upstream)} × ${formatNumber(slope)} = ${formatNumber(downstream)}`;
    const hint = remark(z, slope, scene.kinks.includes(menu.value));
    say(`a = σ(z) = ${formatNumber(a)}. ∂ℓ/∂z = ${product}.${hint}`);
  };
});
