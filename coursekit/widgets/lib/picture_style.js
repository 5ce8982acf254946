/** The style of a picture that leaves the page; Python appends the text of render/picture.css (see modules.py). */
export const PICTURE_STYLE = { css: "" };
