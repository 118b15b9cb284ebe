// One job: where its ranks are, what they print and measure, as it arrives.
import { h, getJSON, milliseconds, number, state, clock, duration, table, row, figures } from "./dom.js";
import { lines } from "./plot.js";

const longestLog = 400_000;

export async function job(place, id, unit = "0") {
  const detail = await getJSON(`/api/jobs/${encodeURIComponent(id)}`);
  const head = h("div"), ranks = h("div"), curves = h("div", { class: "plots" }), letters = h("div"), why = h("div");
  const output = h("pre", { tabindex: "0", "aria-label": "what the unit prints", role: "log" });
  const follows = h("input", { type: "checkbox", id: "follows", checked: true });
  const units = detail.summary.units;
  const chooser = h("select", { id: "unit", onchange: (event) => { location.hash = `#/job/${id}/${event.target.value}`; } },
    Array.from({ length: Math.min(units, 1000) }, (_, index) => h("option", { value: index, selected: String(index) === unit }, index)));
  const word = detail.summary.shape === "gang" ? "rank" : "task";
  place.main.replaceChildren(
    h("h1", {}, `${detail.summary.id} ${detail.summary.name}`), head, why,
    h("h2", {}, `${word}s that hold a lease`), ranks, letters,
    h("h2", {}, "Metrics"), curves,
    h("h2", {}, "Log"),
    h("p", {}, h("label", { for: "unit" }, `${word} `), chooser, " ", follows, h("label", { for: "follows" }, " stay at the end")), output);
  const draw = (detail) => drawState(detail, { head, ranks, letters, why }, word);
  draw(detail);

  const series = new Map();
  let waits = false;
  const redraw = () => {
    if (waits) return;
    waits = true;
    setTimeout(() => { waits = false; if (place.isShown) curves.replaceChildren(...plots(series)); }, 250);
  };
  curves.replaceChildren(...plots(series));

  const source = new EventSource(`/api/jobs/${encodeURIComponent(id)}/live?unit=${encodeURIComponent(unit)}`);
  place.atEnd(() => source.close());
  source.addEventListener("job", (event) => draw(JSON.parse(event.data)));
  source.addEventListener("metrics", (event) => { collect(JSON.parse(event.data), series); redraw(); });
  source.addEventListener("output", (event) => {
    const piece = JSON.parse(event.data);
    output.append(piece.stream === "error" ? h("span", { class: "fails" }, piece.text) : piece.text);
    while (output.textContent.length > longestLog && output.firstChild) output.firstChild.remove();
    if (follows.checked) output.scrollTop = output.scrollHeight;
  });
  source.addEventListener("end", () => source.close());
  // A stream that breaks begins anew, from the start.
  source.onerror = () => { if (source.readyState !== EventSource.CLOSED) { series.clear(); output.replaceChildren(); } };
}

function drawState(detail, { head, ranks, letters, why }, word) {
  const job = detail.summary;
  const now = Date.now();
  const checkpoint = detail.checkpointed;
  head.replaceChildren(figures([
    ["state", state(job.state)], ["tenant", job.tenant], [`${word}s done`, `${number(job.unitsSucceeded)} of ${number(job.units)}`],
    ["attempts", number(job.attempts)], ["submitted", clock(job.submitted)],
    [job.started ? "waited" : "waits since", job.started ? duration(milliseconds(job.started) - milliseconds(job.submitted)) : duration(now - milliseconds(job.submitted))],
    job.started && ["runs for", duration((job.ended ? milliseconds(job.ended) : now) - milliseconds(job.started))],
    detail.checkpointStep !== undefined && ["checkpoint", `step ${number(detail.checkpointStep)}${checkpoint ? `, ${duration(now - milliseconds(checkpoint))} old` : ""}`],
    job.exitCode !== undefined && ["exit code", job.exitCode],
  ].filter(Boolean)));
  const lines = [job.reason, ...(job.state === "queued" ? detail.explanation ?? [] : [])].filter(Boolean);
  why.replaceChildren(...(lines.length ? [h("p", { class: job.state }, lines[0]), h("ul", {}, lines.slice(1).map((line) => h("li", { class: "mono" }, line)))] : []));
  const columns = [[word, 1], ["worker"], ["epoch", 1], ["taken"]];
  ranks.replaceChildren(table(`${word}s with a lease`, columns, detail.placements.map((placement) =>
    row(columns, [placement.index, placement.worker, placement.epoch.number ?? placement.epoch, placement.accepted ? "yes" : "not yet"]))));
  const dead = [["task", 1], ["attempts", 1], ["why"]];
  letters.replaceChildren(...(detail.deadLetters?.length
    ? [h("h2", {}, "Given up"), table("Tasks that failed for good", dead, detail.deadLetters.map((letter) => row(dead, [letter.index, letter.attempts, letter.reason])))] : []));
}

/** Every number that a line of metrics has is a curve, over the step (or the epoch, or the time) of its line. */
function collect(line, series) {
  const values = line.metrics;
  const axis = ["step", "epoch", "iteration"].find((name) => typeof values[name] === "number");
  const x = axis ? values[axis] : milliseconds(line.time);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "number" || name === axis || !Number.isFinite(value)) continue;
    if (!series.has(name)) series.set(name, { axis, ranks: new Map() });
    const ranks = series.get(name).ranks;
    if (!ranks.has(line.index)) ranks.set(line.index, []);
    ranks.get(line.index).push([x, value]);
  }
}

function plots(series) {
  if (!series.size) return [h("p", { class: "faint" }, "No metrics yet: a program writes them as JSON lines to the file descriptor in $BANQUET_METRICS_FD.")];
  // What never changes says nothing as a curve.
  const varies = ({ ranks }) => [...ranks.values()].some((points) => points.length < 2 || points.some(([, y]) => y !== points[0][1]));
  return [...series].filter(([, curve]) => varies(curve)).slice(0, 12).map(([name, { axis, ranks }]) => lines(
    axis ? `${name} by ${axis}` : name,
    [...ranks].slice(0, 8).map(([rank, points]) => ({ name: ranks.size > 1 ? `${rank}:` : "", points })), { time: !axis, fromZero: false }));
}
