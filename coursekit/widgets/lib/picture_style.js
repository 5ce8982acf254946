/** The style sheet of copied pictures; Python appends the content of render/picture.css (see modules.py). */
export const PICTURE_STYLE = { css: "" };
