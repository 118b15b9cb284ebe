// Which page is shown, and what the coordinator tells it.
import { h, Refusal } from "./dom.js";
import { cluster, jobs, tenants, verification, alerts } from "./views.js";
import { job } from "./job.js";
import { journal } from "./journal.js";
import { viewer } from "./viewer.js";

const pages = { "": cluster, jobs, tenants, verification, alerts, job, journal, viewer };
const main = document.getElementById("main");
const listeners = { overview: new Set(), alerts: new Set() };
export const latest = { overview: null, alerts: [] };
let leave = () => {};
let shown = 0;

/** What a page is given: where it draws, and how it hears of news until it is left. */
function stage(turn) {
  const ends = [];
  return {
    main,
    get isShown() { return shown === turn; },
    on(name, listener) {
      listeners[name].add(listener);
      ends.push(() => listeners[name].delete(listener));
      if (name === "overview" ? latest.overview : true) listener(latest[name]);
    },
    atEnd(end) { ends.push(end); },
    end() { ends.forEach((end) => end()); },
  };
}

async function show() {
  leave();
  const turn = ++shown;
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  for (const link of document.querySelectorAll("nav a")) {
    const isHere = link.getAttribute("href").replace(/^#\/?/, "") === (name === "job" ? "jobs" : name);
    if (isHere) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  const place = stage(turn);
  leave = () => place.end();
  main.replaceChildren();
  try {
    await (pages[name] ?? cluster)(place, ...rest);
  } catch (error) {
    if (!place.isShown) return;
    if (error instanceof Refusal && error.status === 401) return logIn();
    main.replaceChildren(h("h1", {}, "This can't be shown"), h("p", {}, error.message));
  }
  document.title = `${main.querySelector("h1")?.textContent ?? "Cluster"} – Banquet`;
}

function logIn() {
  const token = h("input", { type: "password", id: "token", autocomplete: "current-password", required: true });
  const problem = h("p", { role: "alert" });
  main.replaceChildren(
    h("form", {
      class: "dialog",
      onsubmit: async (event) => {
        event.preventDefault();
        const response = await fetch("/login", { method: "POST", body: token.value });
        if (response.ok) { connect(); show(); } else problem.textContent = "This is not the token.";
      },
    }, h("h1", {}, "Log in"), h("label", { for: "token" }, "The console's token"), token, h("button", {}, "Log in"), problem));
  token.focus();
}

let source;
function connect() {
  source?.close();
  const sign = document.getElementById("connection");
  source = new EventSource("/api/live");
  source.onopen = () => { sign.textContent = "live"; };
  source.onerror = () => { sign.textContent = "no connection; what is shown is old"; };
  source.addEventListener("overview", (event) => {
    latest.overview = JSON.parse(event.data);
    document.getElementById("unverified").hidden = !latest.overview.isUnverified;
    listeners.overview.forEach((listener) => listener(latest.overview));
  });
  source.addEventListener("alerts", (event) => {
    latest.alerts = JSON.parse(event.data);
    const open = latest.alerts.filter((alert) => !alert.cleared && !alert.acknowledged).length;
    const badge = document.getElementById("alert-count");
    badge.hidden = !open;
    badge.textContent = open;
    badge.setAttribute("aria-label", `${open} open`);
    listeners.alerts.forEach((listener) => listener(latest.alerts));
  });
}

addEventListener("hashchange", async () => { await show(); main.focus(); });
connect();
show();
