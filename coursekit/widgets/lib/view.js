// The code that every view shares: the render function that anywidget calls, sliders, and clean-up.

import { announcer } from "./announcer.js";
import { followOwn, followWidgets } from "./sliders.js";

/** @import { Context } from "./types.js" */

/**
 * Make the default export of a view's module; `paint` fills the element, once.
 * @template S
 * @param {(context: Context<S>) => unknown} paint
 */
export const defineView = (paint) => ({
  /** @param {{model: any, el: HTMLElement, host?: any, signal?: AbortSignal}} context */
  async render({ model, el, host, signal: outer }) {
    const end = new AbortController(), { signal } = end;
    outer?.addEventListener("abort", () => end.abort());
    el.classList.add("ck-view");
    el.addEventListener("keydown", (event) => event.stopPropagation(), { signal }); // or JupyterLab reacts
    const references = model.get("sliders") ?? [];
    await paint({
      scene: model.get("scene"),
      el,
      model,
      signal,
      announce: announcer(el, signal),
      follow: async (names, ranges, at, changed) =>
        references.length
          ? await followWidgets(references.map((ref) => host.getModel(ref)), at, changed, signal)
          : followOwn(el, names, ranges, at, changed),
    });
    return () => end.abort();
  },
});
