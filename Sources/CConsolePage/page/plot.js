// Line charts as SVG.
import { h, svg } from "./dom.js";

const colours = 8;
export const colour = (index) => `var(--c${index % colours})`;

function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(value);
  return found;
}

const short = (value) => (Math.abs(value) >= 1e6 ? `${value / 1e6}M` : Math.abs(value) >= 1e4 ? `${value / 1e3}k` : `${+value.toPrecision(4)}`);

/**
 * A chart of several lines.
 * series: [{name, points: [[x, y], …]}]; x is a number, or a time in milliseconds with {time: true}. stepped: the value holds until the next point.
 */
export function lines(title, series, { time = false, stepped = false, fromZero = true, unit = "" } = {}) {
  const [width, height, left, bottom, top, right] = [520, 210, 46, 24, 10, 12];
  const drawn = series.filter((line) => line.points.length);
  const all = drawn.flatMap((line) => line.points);
  if (!all.length) return h("figure", {}, h("figcaption", {}, title), h("p", { class: "faint" }, "nothing yet"));
  let x0 = Infinity, x1 = -Infinity, y0 = fromZero ? 0 : Infinity, y1 = -Infinity;
  for (const [x, y] of all) { x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y); }
  if (x1 === x0) x1 = x0 + 1;
  if (y1 === y0) y1 = y0 + 1;
  const x = (value) => left + ((value - x0) / (x1 - x0)) * (width - left - right);
  const y = (value) => height - bottom - ((value - y0) / (y1 - y0)) * (height - bottom - top);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${drawn.map((line) => `${line.name} ${short(line.points.at(-1)[1])}${unit}`).join(", ")}` });
  for (const value of ticks(y0, y1, 4)) {
    picture.append(
      svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "axis" }),
      svg("text", { x: left - 5, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  const stamps = time ? [x0, (x0 + x1) / 2, x1] : ticks(x0, x1, 5);
  for (const value of stamps) {
    const text = time ? new Date(value).toLocaleTimeString([], { hour12: false }) : short(value);
    const anchor = value === x0 && time ? "start" : value === x1 && time ? "end" : "middle";
    picture.append(svg("text", { x: x(value), y: height - 7, "text-anchor": anchor }, text));
  }
  drawn.forEach((line, index) => {
    const points = thin(line.points, width);
    const path = points.map(([px, py], at) => `${at ? (stepped ? `H${x(px).toFixed(1)}V` : "L") : "M"}${at && stepped ? y(py).toFixed(1) : `${x(px).toFixed(1)},${y(py).toFixed(1)}`}`).join("");
    picture.append(svg("path", { d: path, fill: "none", stroke: colour(line.colour ?? index), "stroke-width": 1.8, "stroke-dasharray": line.dashed ? "5 4" : "none" }));
  });
  const legend = h("ul", { class: "legend" }, drawn.map((line, index) => h("li", {}, h("i", { style: `background:${colour(line.colour ?? index)}` }), `${line.name} ${short(line.points.at(-1)[1])}${unit}`)));
  return h("figure", {}, h("figcaption", {}, title), picture, legend);
}

/** No more points than can be told apart: of each stretch the smallest and the largest. */
function thin(points, width) {
  if (points.length <= 2 * width) return points;
  const size = Math.ceil(points.length / width);
  const kept = [];
  for (let at = 0; at < points.length; at += size) {
    const part = points.slice(at, at + size);
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    kept.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  return kept;
}
