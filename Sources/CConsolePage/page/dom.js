// Elements, numbers and times: what all pages use.

/** An element: h("td", {class: "number"}, "12"). Text is always text, never markup. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const space = "http://www.w3.org/2000/svg";
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flat());
  return element;
}

export class Refusal extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

export async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Refusal(response.status, (await response.text()).trim());
  return response;
}
export const getJSON = async (path) => (await get(path)).json();

export const milliseconds = (time) => (typeof time === "object" && time !== null ? time.milliseconds : time);
export const number = (value) => Number(value ?? 0).toLocaleString("en");
export const state = (name) => h("span", { class: `state ${name}` }, name);
export const clock = (time) => (time ? new Date(milliseconds(time)).toLocaleTimeString([], { hour12: false }) : "");

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

/** A table under a caption that screen readers read; columns are [title, isNumber?]. */
export function table(caption, columns, rows, attributes = {}) {
  return h("div", { class: "wide", ...attributes },
    h("table", {},
      h("caption", { class: "skip" }, caption),
      h("thead", {}, h("tr", {}, columns.map(([title, isNumber]) => h("th", { scope: "col", class: isNumber && "number" }, title)))),
      h("tbody", {}, rows.length ? rows : h("tr", {}, h("td", { colspan: columns.length, class: "faint" }, "none")))));
}
export const row = (columns, cells) =>
  h("tr", {}, cells.map((cell, index) => h("td", { class: columns[index][1] && "number" }, cell ?? "")));

export const figures = (entries) =>
  h("dl", { class: "figures" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
