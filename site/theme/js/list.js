/** The list of a resource: filters, order and pages, as its document declares them. */

import { call } from "./api.js";
import { button, h, words } from "./dom.js";
import { inputFor, read } from "./form.js";
import { problemBox } from "./problems.js";
import { columns, show, titleOf } from "./values.js";

const PAGE_SIZES = [5, 10, 20, 50, 100];

/** The address in this page of the list that a query asks for; the query is the API's own. */
export function listHash(resource, query = "") {
  return `#/list/${resource.name}${String(query) && `?${query}`}`;
}

/** The view of that list. */
export async function listView(resource, query) {
  const answer = await call("GET", `${resource.path}${String(query) && `?${query}`}`);
  const create = resource.operations.create && h("a", { href: `#/new/${resource.name}`, role: "button" }, "New");
  const heading = h("header.title", h("div", h("h1", words(resource.name)), h("p", resource.about)), create);
  return h("div", heading, toolbar(resource, query), answer.ok ? items(resource, query, answer.body) : problemBox(answer.body));
}

/** Go to the list with some parameters changed; another question begins on its first page. */
function go(resource, query, changes) {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries({ cursor: "", ...changes })) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  location.hash = listHash(resource, next);
}

function toolbar(resource, query) {
  const choose = (name, label, options, chosen) => {
    const each = options.map(([value, text]) => h("option", { value, selected: String(value) === String(chosen) }, text));
    return h("select", { "aria-label": label, onchange: (event) => go(resource, query, { [name]: event.target.value }) }, each);
  };
  const order = (sort) => (sort.startsWith("-") ? `${words(sort.slice(1))} ↓` : `${words(sort)} ↑`);
  const orders = [["", "Default order"], ...resource.sorts.map((each) => [each, order(each)])];
  const sizes = PAGE_SIZES.filter((size) => size <= resource.pageSize?.maximum).map((size) => [size, `${size} a page`]);
  return h(
    "div.toolbar",
    resource.filters.length > 0 && filterForm(resource, query),
    resource.sorts.length > 0 && choose("sort", "Sort", orders, query.get("sort")),
    sizes.length > 0 && choose("limit", "Items a page", sizes, query.get("limit") ?? resource.pageSize.default),
    h("div.chips", resource.filters.filter((each) => query.has(each.name)).map((each) => chip(resource, query, each))),
  );
}

const said = ({ label: [attribute, operator] }) => `${words(attribute)} ${operator}`;

/** One filter at a time: an attribute and operator, a value, and Add. */
function filterForm(resource, query) {
  const chosen = () => resource.filters.find((each) => each.name === select.value);
  const place = h("div");
  const offer = () => {
    place.replaceChildren(inputFor(chosen().field));
    place.firstChild.setAttribute("aria-label", "Value");
  };
  const add = (event) => {
    event.preventDefault();
    const value = read(chosen().field, place.firstChild);
    if (value !== undefined) go(resource, query, { [chosen().name]: String(value) });
  };
  const options = resource.filters.map((each) => h("option", { value: each.name }, said(each)));
  const select = h("select", { "aria-label": "Filter", onchange: offer }, options);
  select.value = (resource.filters.find((each) => each.label[1] === "is") ?? resource.filters[0]).name;
  offer();
  return h("form.filter", { onsubmit: add, novalidate: true }, select, place, h("button.secondary", "Add filter"));
}

/** A filter in force, with a way to take it off. */
function chip(resource, query, filter) {
  const text = `${said(filter)} ${query.get(filter.name)}`;
  const properties = { class: "chip", "aria-label": `Remove filter: ${text}` };
  return button(`${text} ×`, () => go(resource, query, { [filter.name]: "" }), properties);
}

function items(resource, query, { items, next }) {
  const filtered = [...query.keys()].some((name) => name !== "sort" && name !== "limit");
  if (!items.length) return h("p.empty", filtered ? "Nothing matches these filters." : "There is nothing here yet.");
  const look = { class: "secondary outline" };
  const turn = (label, cursor, hidden) => button(label, () => go(resource, query, { cursor }), { ...look, hidden });
  const count = h("span", `${items.length} ${items.length === 1 ? "item" : "items"}`);
  const pages = [turn("← First page", "", !query.has("cursor")), count, turn("Next page →", next, !next)];
  return h("div", table(resource, items), h("nav.pager", { "aria-label": "Pages" }, pages));
}

function table(resource, items) {
  const shown = columns(resource);
  const linked = shown.find((field) => !(field.name in resource.uploads));
  const cell = (field, item) => {
    const content = show(field, item[field.name]);
    if (field !== linked) return h("td", content);
    const href = `#/item/${resource.name}/${encodeURIComponent(item[resource.key])}`;
    return h("th", { scope: "row" }, h("a", { href, title: titleOf(resource, item) }, content));
  };
  const head = h("thead", h("tr", shown.map((field) => h("th", { scope: "col" }, words(field.name)))));
  const body = h("tbody", items.map((item) => h("tr", shown.map((field) => cell(field, item)))));
  const region = { tabindex: 0, role: "region", "aria-label": `${words(resource.name)}, a table` };
  return h("div.scroll", region, h("table", head, body));
}
