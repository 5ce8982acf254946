import { equal } from "node:assert/strict";
import { formatNumber, formatWhole, plural } from "widgets/lib/format.js";
import { parseNumber } from "widgets/quiz.js";

Deno.test("an unknown number is a dash, and never 0", () => {
  equal(formatNumber(null), "–");
  equal(formatNumber(undefined), "–");
  equal(formatNumber(-0), "0");
});

Deno.test("numbers have at most three decimals and a real minus sign", () => {
  equal(formatNumber(-0.6044), "−0.604");
  equal(formatNumber(1.5e-7), "1.5e−7");
  equal(formatNumber(-Infinity), "−∞");
  equal(formatWhole(262144), "262,144");
});

Deno.test("1 is singular; 0 and 2 are plural", () => {
  equal([0, 1, 2].map((n) => plural(n, "route")).join(), "0 routes,1 route,2 routes");
});

const NUMBERS = /** @type {[string, number | null][]} */ ([
  ["5", 5],
  [" 5.0 ", 5],
  ["−3", -3],
  ["1/2", 0.5],
  ["0,5", 0.5],
  [".5", 0.5],
  ["262,144", 262144],
  ["262 144", 262144],
  ["1,048,576", 1048576],
  ["1,234.5", 1234.5],
  ["2^18", 262144],
  ["2**3", 8],
  ["1.5e3", 1500],
  ["5 %", 0.05],
  ["50%", 0.5],
  ["-1/4", -0.25],
  ["five", null],
  ["", null],
  ["1/0", null],
  ["1;2", null],
  ["--1", null],
]);

Deno.test("a number may be written in any sensible form", () => {
  for (const [text, number] of NUMBERS) equal(parseNumber(text), number, text);
});
