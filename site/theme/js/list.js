/** The list of a resource: filters, order and pages, as its document declares them. */

import { call } from "./api.js";
import { button, h, words } from "./dom.js";
import { inputFor, read } from "./form.js";
import { problemBox } from "./problems.js";
import { columns, show, titleOf } from "./values.js";

/** The address of a list in this page. */
export function listHash(resource, query = "") {
  return `#/list/${resource.name}${String(query) ? `?${query}` : ""}`;
}

/** The view of the list that a query asks for; `query` is the API's own. */
export async function listView(resource, query) {
  const answer = await call("GET", `${resource.path}${String(query) ? `?${query}` : ""}`);
  const create = resource.operations.create && h("a", { href: `#/new/${resource.name}`, role: "button" }, "New");
  return h(
    "div",
    {},
    h("header", { class: "title" }, h("div", {}, h("h1", {}, words(resource.name)), h("p", {}, resource.about)), create),
    toolbar(resource, query),
    answer.ok ? items(resource, query, answer.body) : problemBox(answer.body),
  );
}

/** Go to the list with some parameters changed; a new question begins on its first page. */
function go(resource, query, changes) {
  const next = new URLSearchParams(query);
  if (!("cursor" in changes)) next.delete("cursor");
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  location.hash = listHash(resource, next);
}

function toolbar(resource, query) {
  const set = (name) => (event) => go(resource, query, { [name]: event.target.value });
  const sorts = [["", "Default order"], ...resource.sorts.map((each) => [each, order(each)])];
  const sizes = [5, 10, 20, 50, 100].filter((size) => size <= (resource.pageSize?.maximum ?? 100));
  return h(
    "div",
    { class: "toolbar" },
    resource.filters.length > 0 && filterForm(resource, query),
    resource.sorts.length > 0 && choice("Sort", sorts, query.get("sort") ?? "", set("sort")),
    resource.pageSize && choice("Items a page", sizes.map((size) => [size, `${size} a page`]), query.get("limit") ?? resource.pageSize.default, set("limit")),
    chips(resource, query),
  );
}

const order = (sort) => (sort.startsWith("-") ? `${words(sort.slice(1))} ↓` : `${words(sort)} ↑`);

function choice(label, options, chosen, onchange) {
  const each = options.map(([value, text]) => h("option", { value, selected: String(value) === String(chosen) }, text));
  return h("select", { "aria-label": label, onchange }, each);
}

/** One filter at a time: an attribute and operator, a value, and Add. */
function filterForm(resource, query) {
  const names = resource.filters.map((each) => h("option", { value: each.name }, `${words(each.attribute)} ${each.operator}`));
  const select = h("select", { "aria-label": "Filter", onchange: () => place.replaceChildren(input()) }, names);
  const chosen = () => resource.filters.find((each) => each.name === select.value);
  const input = () => {
    const made = inputFor(chosen().field);
    made.setAttribute("aria-label", "Value");
    return made;
  };
  select.value = (resource.filters.find((each) => each.operator === "is") ?? resource.filters[0]).name;
  const place = h("div", {}, input());
  const add = (event) => {
    event.preventDefault();
    const value = read(chosen().field, place.firstChild);
    if (value !== undefined) go(resource, query, { [chosen().name]: String(value) });
  };
  return h("form", { class: "filter", onsubmit: add, novalidate: true }, select, place, h("button", { class: "secondary" }, "Add filter"));
}

/** The filters in force, each with a way to take it off. */
function chips(resource, query) {
  const given = resource.filters.filter((each) => query.has(each.name));
  return h(
    "div",
    { class: "chips" },
    given.map((each) => {
      const said = `${words(each.attribute)} ${each.operator} ${query.get(each.name)}`;
      return button(`${said} ×`, () => go(resource, query, { [each.name]: "" }), { class: "chip", "aria-label": `Remove filter: ${said}` });
    }),
  );
}

function items(resource, query, page) {
  if (page.items.length === 0) {
    const filtered = [...query.keys()].some((name) => name !== "sort" && name !== "limit");
    return h("p", { class: "empty" }, filtered ? "Nothing matches these filters." : "There is nothing here yet.");
  }
  return h("div", {}, table(resource, page.items), pager(resource, query, page));
}

function table(resource, items) {
  const shown = columns(resource);
  const linked = shown.find((field) => !(field.name in resource.uploads));
  const cell = (field, item) => {
    const content = show(field, item[field.name]);
    const numeric = ["integer", "number", "decimal"].includes(field.kind) ? "number" : null;
    if (field !== linked) return h("td", { class: numeric }, content);
    const address = `#/item/${resource.name}/${encodeURIComponent(item[resource.key])}`;
    return h("th", { scope: "row" }, h("a", { href: address, title: titleOf(resource, item) }, content));
  };
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `${words(resource.name)}, a table` },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, shown.map((field) => h("th", { scope: "col" }, words(field.name))))),
      h("tbody", {}, items.map((item) => h("tr", {}, shown.map((field) => cell(field, item))))),
    ),
  );
}

function pager(resource, query, page) {
  return h(
    "nav",
    { class: "pager", "aria-label": "Pages" },
    button("← First page", () => go(resource, query, { cursor: "" }), { class: "secondary outline", hidden: !query.has("cursor") }),
    h("span", {}, `${page.items.length} ${page.items.length === 1 ? "item" : "items"}`),
    button("Next page →", () => go(resource, query, { cursor: page.next }), { class: "secondary outline", hidden: !page.next }),
  );
}
