// The journal as a time line that can be scrubbed: a lane for each worker, a bar for each lease.
import { h, svg, getJSON, number, clock, table, row } from "./dom.js";
import { colour } from "./plot.js";

const size = 1000;

export async function journal(place, from) {
  const page = await getJSON(`/api/journal?limit=${size}${from ? `&from=${from}` : ""}`);
  const entries = page.entries;
  place.main.replaceChildren(h("h1", {}, "Journal"));
  if (!entries.length) {
    place.main.append(h("p", {}, "Nothing is written down yet."));
    return;
  }
  const first = entries[0].sequence, last = entries.at(-1).sequence;
  const go = (sequence) => { location.hash = `#/journal/${Math.max(page.first, Math.min(sequence, page.last - size + 1))}`; };
  const whole = h("input", { type: "range", min: page.first, max: Math.max(page.first, page.last - size + 1), value: first, "aria-label": "which part of the journal", onchange: (event) => go(Number(event.target.value)) });
  // What fits on one page needs no choice of a part.
  if (page.last - page.first >= size) place.main.append(
    h("p", { class: "scrub" }, h("button", { onclick: () => go(first - size), disabled: first <= page.first }, "older"), whole,
      h("button", { onclick: () => go(last + 1), disabled: last >= page.last }, "newer"),
      h("span", {}, `entries ${number(first)} to ${number(last)} of ${number(page.first)} to ${number(page.last)}`)));
  place.main.append(timeline(entries));
}

/** Entries with a cursor: what is drawn up to it has happened, and the list shows it. */
export function timeline(entries) {
  const at = h("input", { type: "range", min: 0, max: entries.length - 1, value: entries.length - 1, "aria-label": "which entry", oninput: () => move(Number(at.value)) });
  const picture = h("div"), now = h("p", { "aria-live": "polite", class: "mono" }), held = h("div");
  const columns = [["entry", 1], ["time"], ["event"], ["what"]];
  const rows = entries.map((entry, index) => {
    const line = row(columns, [number(entry.sequence ?? index + 1), clock(entry.time), entry.event, what(entry)]);
    line.addEventListener("click", () => { at.value = index; move(index); });
    return line;
  });
  const list = table("Entries", columns, rows, { class: "wide events" });
  const lanes = draw(leases(entries), entries);
  picture.append(lanes.figure);
  let chosen = null;
  function move(index) {
    const entry = entries[index];
    lanes.moveTo(index);
    now.textContent = `${entry.sequence ?? index + 1}  ${clock(entry.time)}  ${entry.event}  ${what(entry)}`;
    chosen?.setAttribute("aria-selected", "false");
    chosen = rows[index];
    chosen.setAttribute("aria-selected", "true");
    requestAnimationFrame(() => { list.scrollTop = chosen.offsetTop - list.clientHeight / 2; });
    const live = lanes.bars.filter((bar) => bar.from <= index && index < bar.to);
    const columns = [["worker"], ["task"], ["epoch", 1], ["since entry", 1]];
    held.replaceChildren(h("h2", {}, `Leases that are live here: ${live.length}`),
      table("Live leases", columns, live.slice(0, 200).map((bar) => row(columns, [bar.worker, bar.task, bar.epoch, entries[bar.from]?.sequence ?? ""]))));
  }
  const element = h("div", {}, picture, h("p", { class: "scrub" }, at), now, h("div", { class: "split" }, list, held));
  at.addEventListener("keydown", (event) => {
    const step = { PageDown: 25, PageUp: -25 }[event.key];
    if (!step) return;
    event.preventDefault();
    at.value = Number(at.value) + step;
    move(Number(at.value));
  });
  move(entries.length - 1);
  return element;
}

function what(entry) {
  if (entry.event === "join") return `worker=${entry.worker} slots=${entry.slots} host=${entry.host}`;
  if (entry.event === "submit" && entry.specification) {
    const { name, tenant, shape, slots } = entry.specification;
    return `job=${entry.job} ${name} of ${tenant}, ${shape?.gang ? `gang of ${shape.gang.ranks}` : `array of ${shape?.array?.tasks}`}, ${slots} slots each`;
  }
  return Object.entries(entry).filter(([name]) => !["sequence", "time", "event", "unverified"].includes(name))
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value).slice(0, 120) : value}`).join(" ");
}

/** From `assign` to the event that ends the lease. A lease that was granted before the first entry begins with it, where its worker is told. */
function leases(entries) {
  const open = new Map(), bars = [];
  entries.forEach((entry, index) => {
    if (entry.event === "assign") {
      const bar = { worker: entry.worker, task: entry.task, epoch: entry.epoch, from: index, to: entries.length, end: null };
      open.set(`${entry.task}@${entry.epoch}`, bar);
      bars.push(bar);
    } else if (["finish", "fail", "lapse"].includes(entry.event)) {
      const bar = open.get(`${entry.task}@${entry.epoch}`);
      if (bar) { bar.to = index; bar.end = entry.event; open.delete(`${entry.task}@${entry.epoch}`); }
    }
  });
  return { bars, workers: [...new Set(bars.map((bar) => bar.worker))].sort() };
}

/** The picture, and what moves its cursor: bars that begin behind it are pale. */
function draw({ bars, workers }, entries) {
  const shown = workers.slice(0, 40);
  const [left, width, lane, top] = [90, 1200, 22, 6];
  const height = top + Math.max(shown.length, 1) * lane + 22;
  const begin = entries[0].time, end = Math.max(entries.at(-1).time, begin + 1);
  const x = (index) => left + ((Math.min(entries[Math.min(index, entries.length - 1)].time, end) - begin) / (end - begin)) * (width - left - 10);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Leases of ${shown.length} workers from ${clock(begin)} to ${clock(end)}` });
  shown.forEach((worker, index) => {
    const y = top + index * lane;
    picture.append(svg("text", { x: 4, y: y + 14 }, worker), svg("line", { x1: left, x2: width - 10, y1: y + lane - 2, y2: y + lane - 2, class: "axis" }));
    const own = bars.filter((bar) => bar.worker === worker);
    // Leases that overlap on a worker share its lane.
    const rows = [];
    for (const bar of own) {
      let line = rows.findIndex((until) => until <= bar.from);
      if (line < 0) line = rows.length;
      rows[line] = bar.to;
      bar.line = line;
    }
    const tall = (lane - 6) / Math.max(rows.length, 1);
    for (const bar of own) {
      const job = Number(/\d+/.exec(bar.task)?.[0] ?? 0);
      bar.shape = svg("rect", {
        x: x(bar.from), y: y + bar.line * tall, width: Math.max(1.5, x(bar.to) - x(bar.from)), height: Math.max(tall - 1, 1),
        fill: bar.end === "fail" || bar.end === "lapse" ? "var(--bad)" : colour(job),
      }, svg("title", {}, `${bar.task}, epoch ${bar.epoch}, on ${bar.worker}${bar.end ? `: ${bar.end}` : ""}`));
      picture.append(bar.shape);
    }
  });
  const line = svg("line", { y1: 0, y2: height - 18, stroke: "var(--accent)", "stroke-width": 2 });
  picture.append(line);
  picture.append(svg("text", { x: left, y: height - 5 }, clock(begin)), svg("text", { x: width - 10, y: height - 5, "text-anchor": "end" }, clock(end)));
  const more = workers.length - shown.length;
  let cursor = -1;
  return {
    bars,
    figure: h("figure", {}, h("figcaption", {}, `Leases by worker${more > 0 ? ` (${more} more workers are not drawn)` : ""}`), picture),
    moveTo(index) {
      for (const bar of bars) {
        if (cursor >= 0 && (bar.from <= index) === (bar.from <= cursor)) continue;
        bar.shape?.setAttribute("opacity", bar.from <= index ? 1 : 0.25);
      }
      cursor = index;
      line.setAttribute("x1", x(index));
      line.setAttribute("x2", x(index));
    },
  };
}
