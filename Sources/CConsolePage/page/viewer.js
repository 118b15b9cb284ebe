// Counterexamples and journals, step by step: processes as rows, events as columns, the cycle of a lasso marked, and who waits for whom.
import { h, svg, getJSON } from "./dom.js";
import { timeline } from "./journal.js";

export async function viewer(place, source) {
  const drop = h("div", { class: "drop", tabindex: "0", "aria-label": "Where files are dropped" },
    h("p", {}, "Drop the output of ", h("code", {}, "banquet check --format json"), " here, or that of ", h("code", {}, "banquet journal DIR --format json"), ", or choose the file:"));
  const choose = h("input", { type: "file", "aria-label": "A file with JSON lines", onchange: () => choose.files[0] && read(choose.files[0]) });
  const shown = h("div");
  drop.append(choose);
  place.main.replaceChildren(h("h1", {}, "Viewer"), drop, shown);
  const read = async (file) => open(await file.text(), file.name);
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
  });

  function open(text, name) {
    try {
      const documents = text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
      const flat = documents.flatMap((document) => (document.files ? document.files : [document]));
      if (flat.length && flat.every((document) => document.event)) { shown.replaceChildren(h("h2", {}, name), timeline(flat)); return; }
      const runs = flat.flatMap((file) => (file.assertions ?? []).flatMap((assertion) =>
        ["counterexample", "witness"].filter((kind) => assertion[kind]).map((kind) => ({ kind, assertion, run: assertion[kind] }))));
      if (!flat.every((file) => file.assertions)) throw new Error("this is neither a report of `banquet check` nor a journal");
      if (!runs.length) { shown.replaceChildren(h("p", {}, `${name}: ${flat.flatMap((file) => file.assertions).length} assertions, and no run to show`)); return; }
      const picker = h("select", { id: "run", onchange: () => draw(Number(picker.value)) },
        runs.map(({ assertion, kind }, index) => h("option", { value: index }, `${assertion.file.split("/").at(-1)}:${assertion.line} ${kind}: ${assertion.text.slice(0, 110)}`)));
      const stage = h("div");
      const draw = (index) => stage.replaceChildren(stepper(runs[index]));
      shown.replaceChildren(h("p", {}, h("label", { for: "run" }, `${runs.length} runs `), picker), stage);
      draw(0);
    } catch (error) {
      shown.replaceChildren(h("p", { class: "fails", role: "alert" }, `${name} can't be shown: ${error.message}`));
    }
  }
  if (source === "preflight") open(JSON.stringify(await getJSON("/api/verification")), "preflight");
}

function stepper({ assertion, run }) {
  const events = [...run.events, ...run.cycle];
  const stem = run.events.length;
  const grid = h("div", { class: "wide lanes", tabindex: "0", role: "group", "aria-label": "The run; the arrow keys go through it" });
  const text = h("p", { "aria-live": "polite" }), graph = h("div");
  let at = events.length - 1;

  const cells = [];
  const head = h("tr", {}, h("th", { scope: "col" }, "process"), events.map((event, index) =>
    h("th", { scope: "col", class: index >= stem && "cycle", title: event.event }, index + 1)));
  const names = h("tr", {}, h("th", { scope: "row" }, "event"), events.map((event, index) =>
    h("td", { class: `mono ${index >= stem ? "cycle" : ""}` }, event.hidden ? `τ (${event.event})` : event.event)));
  const rows = run.processes.map((process) => h("tr", {}, h("th", { scope: "row", class: "mono" }, process), events.map((event, index) =>
    h("td", { class: index >= stem && "cycle" }, event.processes.includes(process) ? "●" : "·"))));
  grid.append(h("table", {}, h("caption", { class: "skip" }, "Who takes part in which event"), h("thead", {}, head), h("tbody", {}, names, rows)));
  for (const line of [head, names, ...rows]) [...line.children].slice(1).forEach((cell, index) => {
    (cells[index] ??= []).push(cell);
    cell.addEventListener("click", () => move(index));
  });

  function move(to) {
    if (!events.length) return;
    // Behind the cycle's last event comes its first.
    at = to >= events.length ? (run.cycle.length ? stem : events.length - 1) : Math.max(0, to);
    cells.forEach((column, index) => column.forEach((cell) => {
      cell.classList.toggle("at", index === at);
      cell.classList.toggle("later", index > at);
    }));
    // When it is on the page, which at first it isn't.
    requestAnimationFrame(() => cells[at][0].scrollIntoView({ block: "nearest", inline: "nearest" }));
    const event = events[at];
    text.replaceChildren(h("strong", {}, `${at + 1} of ${events.length}: ${event.event}`), event.hidden ? " (hidden)" : "", at >= stem ? ", in the cycle" : "",
      event.processes.length ? `, by ${event.processes.join(", ")}` : "", event.note ? ` – ${event.note}` : "");
    graph.replaceChildren(...(at === events.length - 1 || at === stem - 1 ? [waiting(run)] : []));
  }
  const keys = { ArrowRight: () => move(at + 1), ArrowLeft: () => move(at - 1), Home: () => move(0), End: () => move(events.length - 1) };
  grid.addEventListener("keydown", (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  if (events.length) move(at); else graph.replaceChildren(waiting(run));
  return h("div", {},
    h("p", {}, h("code", {}, assertion.text)), h("p", {}, `${assertion.verdict}: ${run.summary}`),
    assertion.fairness && h("p", {}, `no fairness: ${assertion.fairness.none}, weak: ${assertion.fairness.weak}, strong: ${assertion.fairness.strong}`),
    grid,
    h("p", { class: "scrub" }, h("button", { onclick: () => move(at - 1) }, "◀ step back"), h("button", { onclick: () => move(at + 1) }, "step ▶"), text),
    h("p", {}, run.reason), h("ul", {}, run.because.map((line) => h("li", {}, line))), graph);
}

/** Who waits for whom after the run: an arrow from each process to those that refuse what it wants; the circle of a deadlock stands out. */
function waiting(run) {
  const names = run.components.map((component) => component.process);
  const arrows = run.components.flatMap((component) => component.blocked.flatMap(({ event, refusedBy }) =>
    refusedBy.filter((other) => names.includes(other) && other !== component.process).map((other) => ({ from: component.process, to: other, event }))));
  const merged = new Map();
  for (const arrow of arrows) {
    const key = `${arrow.from}→${arrow.to}`;
    if (merged.has(key)) merged.get(key).events.push(arrow.event); else merged.set(key, { ...arrow, events: [arrow.event] });
  }
  const list = [...merged.values()];
  if (!list.length || names.length > 40) {
    return h("ul", {}, list.slice(0, 60).map((arrow) => h("li", {}, `${arrow.from} waits for ${arrow.to}: ${arrow.events.join(", ")}`)));
  }
  const [width, height, radius] = [760, 420, 150];
  const place = new Map(names.map((name, index) => {
    const angle = (2 * Math.PI * index) / names.length - Math.PI / 2;
    return [name, [width / 2 + 1.6 * radius * Math.cos(angle), height / 2 + radius * Math.sin(angle)]];
  }));
  const isInCircle = (arrow) => run.circle.some((step, index) =>
    step.process === arrow.from && run.circle[(index + 1) % run.circle.length].process === arrow.to);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, style: `max-width:${width}px;margin:0 auto`, role: "img", "aria-label": `Who waits for whom: ${list.map((arrow) => `${arrow.from} for ${arrow.to}`).join("; ")}` },
    svg("defs", {}, ["plain", "circle"].map((kind) => svg("marker", { id: `tip-${kind}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" },
      svg("path", { d: "M0,0 L10,5 L0,10 z", fill: kind === "circle" ? "var(--bad)" : "var(--faint)" })))));
  const half = (name) => Math.max(26, 3.9 * name.length);
  /** Where a line from a point to a process's middle meets its box. */
  const edge = (name, [px, py], gap) => {
    const [x, y] = place.get(name);
    const part = Math.min(1, (half(name) + gap) / (Math.abs(px - x) || 1e-6), (13 + gap) / (Math.abs(py - y) || 1e-6));
    return [x + part * (px - x), y + part * (py - y)];
  };
  for (const arrow of list) {
    const [[x0, y0], [x1, y1]] = [place.get(arrow.from), place.get(arrow.to)];
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
    const back = merged.has(`${arrow.to}→${arrow.from}`) ? 40 : 0;
    const [mx, my] = [(x0 + x1) / 2 - uy * back, (y0 + y1) / 2 + ux * back];
    const kind = isInCircle(arrow) ? "circle" : "plain";
    picture.append(
      svg("path", { d: `M${edge(arrow.from, [mx, my], 2)} Q${mx},${my} ${edge(arrow.to, [mx, my], 4)}`, fill: "none", stroke: kind === "circle" ? "var(--bad)" : "var(--faint)", "stroke-width": kind === "circle" ? 2.5 : 1.2, "marker-end": `url(#tip-${kind})` }),
      svg("text", { x: (mx + (x0 + x1) / 2) / 2, y: (my + (y0 + y1) / 2) / 2 + 4, "text-anchor": "middle", class: "on-line" }, arrow.events.length > 2 ? `${arrow.events.slice(0, 2).join(", ")} …` : arrow.events.join(", ")));
  }
  for (const [name, [x, y]] of place) {
    picture.append(svg("rect", { x: x - half(name), y: y - 13, width: 2 * half(name), height: 26, rx: 6, fill: "var(--ground)", stroke: "var(--line)" }),
      svg("text", { x, y: y + 4, "text-anchor": "middle", style: "fill:var(--ink)" }, name));
  }
  return h("figure", {}, h("figcaption", {}, "Who waits for whom at the end: the arrow's process wants the event, and the one it points at refuses it"), picture);
}
