// The pages that show the cluster as a whole.
import { h, getJSON, milliseconds, number, state, clock, duration, table, row, figures } from "./dom.js";
import { lines } from "./plot.js";

/** Calls `draw` with each overview, which comes when something has changed and now and then besides; at most once in `pause` ms,
 * or what `draw` answers. */
function whenChanged(place, pause, draw) {
  let waits = false, busy = false;
  const next = async () => {
    if (busy || !place.isShown) return;
    busy = true;
    let rest;
    try { rest = await draw(); } catch (error) { console.warn(error); }
    setTimeout(() => { busy = false; if (waits && place.isShown) { waits = false; next(); } }, rest ?? pause);
  };
  place.on("overview", () => { if (busy) waits = true; else next(); });
}

export async function cluster(place) {
  const top = h("div"), shares = h("div"), list = h("div");
  place.main.replaceChildren(h("h1", {}, "Cluster"), top, shares, h("h2", {}, "Workers"), list);
  place.on("overview", (overview) => {
    const jobs = overview.jobs;
    top.replaceChildren(figures([
      ["slots used", `${number(overview.slotsUsed)} / ${number(overview.slots)}`],
      ["workers connected", number(overview.workers.connected)],
      ["workers away", number(Object.entries(overview.workers).reduce((sum, [name, count]) => sum + (name === "connected" ? 0 : count), 0))],
      ["jobs running", number((jobs.running ?? 0) + (jobs.starting ?? 0) + (jobs.stopping ?? 0))],
      ["jobs waiting", number(jobs.queued)],
      ["jobs failed", number(jobs.failed)],
      ["policy", overview.policy],
      ["journal entries", number(overview.sequence)],
    ]));
  });
  const history = async () => shares.replaceChildren(...await sharePlots());
  await history();
  const timer = setInterval(() => place.isShown && history(), 10000);
  place.atEnd(() => clearInterval(timer));
  const tiles = workerTiles(place);
  list.replaceChildren(tiles.grid);
  whenChanged(place, 1000, async () => {
    const workers = await getJSON("/api/workers");
    tiles.show(workers);
    // A thousand workers, whose devices say something new every five seconds, are read as often.
    return Math.min(5000, Math.max(1000, 5 * workers.length));
  });
}

/** Tiles of which only those near the window are drawn; the others have their worker's name, and are drawn when they come near. */
function workerTiles(place) {
  const grid = h("ul", { class: "workers" });
  const tiles = new Map();
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) { target.isNear = isIntersecting; draw(target); }
    measure(entries.find((entry) => entry.isIntersecting)?.target);
  }, { rootMargin: "300px" });
  place.atEnd(() => near.disconnect());
  function draw(tile) {
    if (!tile.isNear) return;
    const { worker } = tile;
    const sign = JSON.stringify([worker.state, worker.slots, worker.slotsUsed, worker.isDraining, worker.holding.length, worker.offer, worker.devices]);
    if (tile.sign === sign) return;
    tile.sign = sign;
    fill(tile, worker);
  }
  /** Those that aren't drawn take as much room as this one, so that the page keeps its length. Once for many: to ask is to lay out. */
  function measure(tile) {
    const height = Math.floor(tile?.getBoundingClientRect().height ?? 0);
    if (height > (grid.tallest ?? 0)) { grid.tallest = height; grid.style.setProperty("--tile", `${height}px`); }
  }
  return {
    grid,
    show(workers) {
      const names = new Set(workers.map((worker) => worker.name));
      for (const [name, tile] of tiles) if (!names.has(name)) { near.unobserve(tile); tile.remove(); tiles.delete(name); }
      if (!workers.length) { grid.replaceChildren(h("li", {}, "none: start one with `banquet worker`")); return; }
      if (!tiles.size) grid.replaceChildren();
      for (const worker of workers) {
        let tile = tiles.get(worker.name);
        if (!tile) {
          tile = h("li", {}, worker.name);
          tiles.set(worker.name, tile);
          grid.append(tile);
          near.observe(tile);
        }
        tile.worker = worker;
        draw(tile);
      }
    },
  };
}

function fill(tile, worker) {
  const offer = worker.offer ?? {};
  const devices = Object.entries(offer.devices ?? {}).map(([kind, count]) => `${count} ${kind}`).join(", ");
  const place = [offer.labels?.site, offer.labels?.rack, devices].filter(Boolean).join(" · ");
  tile.title = `${worker.host}, holds ${worker.holding.length} leases`;
  tile.replaceChildren(
    h("span", { class: `state ${worker.state}` }, worker.name), worker.isDraining ? " drains" : "",
    h("div", {}, `${worker.slotsUsed} of ${worker.slots} slots`, worker.state === "connected" ? "" : `, ${worker.state}`),
    ...[place && h("div", { class: "faint" }, place)].filter(Boolean),
    ...(worker.devices ?? []).map(deviceLine),
    h("div", { class: "bar", "aria-hidden": "true" }, h("span", { style: `width:${worker.slots ? (100 * worker.slotsUsed) / worker.slots : 0}%` })));
}

/** What a device says of itself: `nvidia0 64 °C · 97 % · 412 W`. */
function deviceLine(device) {
  const parts = [
    device.celsius !== undefined && `${Math.round(device.celsius)} °C`, device.utilisationPercent !== undefined && `${device.utilisationPercent} % busy`,
    device.memory && `${Math.round((100 * device.memory.used) / device.memory.total)} % of ${bytes(device.memory.total)}`,
    device.milliwatts !== undefined && `${Math.round(device.milliwatts / 1000)} W`].filter(Boolean);
  return h("div", { class: "faint", title: device.name }, `${device.kind}${device.index} `, parts.join(" · "),
    device.throttle && h("strong", { class: "fails" }, ` slowed by ${device.throttle}`));
}

const bytes = (count) => (count >= 2 ** 40 ? `${(count / 2 ** 40).toFixed(1)} TiB` : count >= 2 ** 30 ? `${Math.round(count / 2 ** 30)} GiB` : `${Math.round(count / 2 ** 20)} MiB`);

async function sharePlots() {
  const samples = await getJSON("/api/history");
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample.tenants)))].sort().slice(0, 12);
  const line = (name, key) => ({ name, points: samples.map((sample) => [milliseconds(sample.time), sample[key][name] ?? 0]) });
  const all = { name: "all slots", dashed: true, colour: 7, points: samples.map((sample) => [milliseconds(sample.time), sample.slots]) };
  return [h("h2", {}, "The last hour"), h("div", { class: "plots" },
    lines("Slots held, by tenant", [...names.map((name) => line(name, "tenants")), all], { time: true, stepped: true }),
    lines("Units that wait, by tenant", names.map((name) => line(name, "queued")), { time: true, stepped: true }))];
}

export async function tenants(place) {
  const list = h("div"), plots = h("div");
  place.main.replaceChildren(h("h1", {}, "Tenants"), list, plots);
  plots.replaceChildren(...await sharePlots());
  const columns = [["tenant"], ["weight", 1], ["slots", 1], ["dominant share", 1], ["jobs", 1], ["units waiting", 1], ["first in line"], ["waits since", 1], ["overtaken by units", 1]];
  place.on("overview", (overview) => list.replaceChildren(table("Tenants with jobs", columns, overview.tenants.map((tenant) => row(columns, [
    tenant.name, tenant.weight, `${number(tenant.slotsUsed)}${tenant.quota ? ` of ${number(tenant.quota)}` : ""}`, `${(100 * tenant.dominantShare).toFixed(1)} %`,
    number(tenant.activeJobs), number(tenant.queuedUnits), tenant.firstWaiting ? jobLink(tenant.firstWaiting) : "",
    tenant.waitsSince ? duration(milliseconds(overview.time) - milliseconds(tenant.waitsSince)) : "", tenant.firstWaiting ? number(tenant.overtaken) : ""])))));
}

export const jobLink = (id) => h("a", { href: `#/job/${id}` }, id);

export async function jobs(place, kind = "all", offset = "0") {
  const size = 100;
  const from = Number(offset) || 0;
  const list = h("div"), pager = h("p");
  const text = h("input", { id: "text", placeholder: "name or id", size: 18 });
  const tenant = h("input", { id: "tenant", placeholder: "any", size: 12 });
  const tabs = ["all", "waiting", "running", "ended"].map((name) => h("a", { href: `#/jobs/${name}`, "aria-current": name === kind && "true" }, name));
  const form = h("form", { class: "filter", onsubmit: (event) => { event.preventDefault(); draw(); } },
    h("span", { role: "group", "aria-label": "Which jobs" }, tabs.flatMap((tab) => [tab, " "])),
    h("label", { for: "text" }, "job"), text, h("label", { for: "tenant" }, "tenant"), tenant, h("button", {}, "Filter"));
  place.main.replaceChildren(h("h1", {}, "Jobs"), form, list, pager);
  const columns = [["job"], ["name"], ["tenant"], ["state"], ["units", 1], ["submitted"], ["waited", 1], ["why it waits, or how it ended"]];
  let drawn = new Map();
  const draw = async () => {
    const query = new URLSearchParams({ kind, offset: from, limit: size });
    if (text.value) query.set("text", text.value);
    if (tenant.value) query.set("tenant", tenant.value);
    const page = await getJSON(`/api/jobs?${query}`);
    if (!place.isShown) return;
    // Only what has changed is drawn anew: laying out a hundred rows takes longer than all else here.
    const signs = page.jobs.map((job) => JSON.stringify(job));
    const rows = page.jobs.map((job, index) => drawn.get(signs[index]) ?? row(columns, [
      jobLink(job.id), job.name, job.tenant, state(job.state), `${number(job.unitsSucceeded)} of ${number(job.units)}`, clock(job.submitted),
      job.started ? duration(milliseconds(job.started) - milliseconds(job.submitted)) : job.state === "queued" ? "still waits" : "", job.reason]));
    drawn = new Map(rows.map((line, index) => [signs[index], line]));
    const body = list.querySelector("tbody");
    if (!body || !rows.length || !body.querySelector("a")) {
      list.replaceChildren(table("Jobs, newest first", columns, rows));
    } else {
      const kept = new Set(rows);
      for (const line of [...body.children]) if (!kept.has(line)) line.remove();
      rows.forEach((line, index) => { if (body.children[index] !== line) body.insertBefore(line, body.children[index] ?? null); });
    }
    const older = from + size < page.total;
    pager.replaceChildren(...[`${page.total ? number(from + 1) : 0} to ${number(Math.min(from + size, page.total))} of ${number(page.total)} `,
      from > 0 && h("a", { href: `#/jobs/${kind}/${Math.max(0, from - size)}` }, "newer"), " ", older && h("a", { href: `#/jobs/${kind}/${from + size}` }, "older")].filter(Boolean));
  };
  await draw();
  whenChanged(place, 1000, draw);
}

export async function verification(place) {
  const report = await getJSON("/api/verification");
  const monitor = h("div");
  place.main.replaceChildren(h("h1", {}, "Verification"), monitor);
  whenChanged(place, 2000, async () => monitor.replaceChildren(...monitorState(await getJSON("/api/status"))));
  if (!report?.files) {
    place.main.append(h("p", {}, "This coordinator checked nothing before it started."));
    return;
  }
  const assertions = report.files.flatMap((file) => file.assertions);
  const holds = assertions.filter((assertion) => assertion.verdict === "holds").length;
  place.main.append(figures([
    ["assertions that hold", `${holds} of ${assertions.length}`],
    ["states explored", number(assertions.reduce((sum, assertion) => sum + assertion.states, 0))],
    ["seconds", assertions.reduce((sum, assertion) => sum + assertion.seconds, 0).toFixed(2)],
    ["others go first, at most", report.overtaking ? `${report.overtaking.most} times` : "no number"],
  ]));
  place.main.append(h("p", { class: "faint" }, report.overtaking
    ? `Once a tenant's first job is aged, others start in their turn before it ${report.overtaking.most} times at most, with ${report.overtaking.tenants} tenants that wait, and once more for each further one. An alert says when it is more.`
    : "The preflight has no number for how often others may go before a job under this policy; the alert goes by the configured limit, or the usual one."));
  const columns = [["verdict"], ["assertion"], ["states", 1], ["seconds", 1], ["notes"]];
  for (const file of report.files) {
    place.main.append(h("h2", {}, file.file.split("/").slice(-2).join("/")),
      table(`Assertions of ${file.file}`, columns, file.assertions.map((assertion) => row(columns, [
        state(assertion.verdict), h("code", {}, assertion.text), number(assertion.states), assertion.seconds.toFixed(3),
        [assertion.summary, assertion.explanation, ...assertion.notes, ...assertion.reductions].filter(Boolean).join("; ")]))));
    for (const error of file.errors) place.main.append(h("p", { class: "fails" }, `${error.file}:${error.line}: ${error.message}`));
  }
  if (report.text) {
    place.main.append(h("details", {}, h("summary", {}, "For how many of what: the preflight as it was printed, with its models' bounds"), h("pre", {}, report.text)));
  }
  place.main.append(h("p", {}, h("a", { href: "#/viewer/preflight" }, "Open the counterexamples and witnesses of this preflight in the viewer")));
}

/** What the coordinator's monitor found in its own journal while it ran. */
function monitorState(status) {
  const entries = [
    ["verified", status.isVerified ? state("holds") : state("fails")],
    ["journal held against the protocol", `${number(status.entriesHeld)} entries`],
    ["not allowed by it", status.alertCount ? h("span", { class: "fails" }, number(status.alertCount)) : "none"]];
  const list = status.alerts.map((alert) => h("li", { class: "fails mono" }, alert.text));
  return [h("h2", {}, "The monitor, now"), figures(entries), list.length && h("ul", {}, list), h("h2", {}, "The preflight, before the start")].filter(Boolean);
}

export async function alerts(place) {
  const list = h("div");
  place.main.replaceChildren(h("h1", {}, "Alerts"), list);
  place.on("alerts", (alerts) => {
    const hadFocus = list.contains(document.activeElement);
    list.replaceChildren(alertTable(alerts));
    // Whoever acknowledges one with the keyboard goes on with the next.
    if (hadFocus) (list.querySelector("button") ?? place.main).focus();
  });
}

function alertTable(alerts) {
  const columns = [["since"], ["kind"], ["about"], ["what, and what to do"], ["until"], ["seen"]];
  return table("Alerts, newest first", columns, alerts.map((alert) => row(columns, [
    `${new Date(milliseconds(alert.since)).toLocaleDateString()} ${clock(alert.since)}`, alert.kind,
    /^j\d+$/.test(alert.subject) ? jobLink(alert.subject) : alert.subject, alert.message, alert.cleared ? clock(alert.cleared) : h("strong", { class: "fails" }, "open"),
    alert.acknowledged ? clock(alert.acknowledged) : h("button", {
      onclick: () => fetch(`/api/alerts/${alert.id}/acknowledge`, { method: "POST", headers: { "Content-Type": "application/json" } }),
      "aria-label": `acknowledge alert ${alert.id}`,
    }, "acknowledge")])));
}
