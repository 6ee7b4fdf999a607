/** One item: shown, created, edited (with a choice where somebody else was faster), counted, given a file, deleted. */

import { call } from "./api.js";
import { announce, button, h, words } from "./dom.js";
import { form } from "./form.js";
import { listHash } from "./list.js";
import { problemBox } from "./problems.js";
import { uploadPart } from "./upload.js";
import { show, titleOf } from "./values.js";

const at = (resource, id) => `${resource.path}/${encodeURIComponent(id)}`;
const hash = (view, resource, id) => `#/${view}/${resource.name}/${encodeURIComponent(id)}`;

/** A form that creates an item. Sent again unchanged it has the same Idempotency-Key, so nothing is created twice. */
export async function newView(resource) {
  const defaults = Object.fromEntries(resource.createFields.map((field) => [field.name, field.rules.default ?? undefined]));
  let last = {};
  const send = async (values) => {
    const text = JSON.stringify(values);
    if (last.text !== text) last = { text, key: crypto.randomUUID() };
    const headers = resource.idempotent ? { "Idempotency-Key": last.key } : {};
    const answer = await call("POST", resource.path, { body: values, headers });
    if (!answer.ok) return answer.body;
    announce("Created.");
    location.hash = hash("item", resource, answer.body[resource.key]);
  };
  return page(resource, `New in ${resource.name}`, form({ fields: resource.createFields, values: defaults, label: "Create", send, cancel: listHash(resource) }));
}

/** An item with what can be done to it. */
export async function itemView(resource, id) {
  const answer = await call("GET", at(resource, id));
  if (!answer.ok) return page(resource, id, problemBox(answer.body));
  const { body: item, etag } = answer;
  const result = h("div", {});
  const changed = (said) => {
    announce(said);
    dispatchEvent(new HashChangeEvent("hashchange")); // draw it anew
  };
  const act = { resource, id, item, etag, path: at(resource, id), changed, refuse: (problem) => result.replaceChildren(problemBox(problem)) };
  const facts = resource.fields.flatMap((field) => [h("dt", {}, words(field.name)), h("dd", {}, show(field, item[field.name]))]);
  return page(
    resource,
    titleOf(resource, item),
    h(
      "div",
      { class: "actions" },
      resource.operations.patch && h("a", { href: hash("edit", resource, id), role: "button" }, "Edit"),
      resource.operations.delete && button("Delete", () => confirmDelete(act), { class: "secondary outline" }),
      h("code", { class: "etag", title: "Sent as If-Match with a change" }, `ETag ${etag}`),
    ),
    result,
    h("dl", { class: "facts" }, facts),
    Object.entries(resource.counters).map(([name, counter]) => countPart(act, name, counter)),
    Object.entries(resource.uploads).map(([name, upload]) => uploadPart(act, name, upload)),
  );
}

/** Count a counter up or down: no read before, so nobody's count is lost. */
function countPart(act, name, { schema }) {
  const input = h("input", { type: "number", value: 1, min: 1, max: schema.maximum, "aria-label": `${words(name)}: how many` });
  const count = async (sign) => {
    const answer = await call("POST", `${act.path}/${name}`, { body: { delta: sign * Number(input.value) } });
    if (answer.ok) act.changed(`${words(name)} is ${answer.body[name]}.`);
    else act.refuse(answer.body);
  };
  return h(
    "section",
    { class: "part" },
    h("h2", {}, `Count ${words(name).toLowerCase()}`),
    h("div", { role: "group" }, button("− Down", () => count(-1), { class: "secondary" }), input, button("+ Up", () => count(1), { class: "secondary" })),
  );
}

/** Ask, then delete the version that was shown; where it is another by now, ask again. */
function confirmDelete(act, question = `Delete ${titleOf(act.resource, act.item)}?`, etag = act.etag) {
  const dialog = h("dialog", { "aria-label": question });
  const remove = async () => {
    const answer = await call("DELETE", act.path, { etag });
    dialog.close();
    if (answer.status === 412) return confirmDelete(act, "It was changed since it was shown here. Delete it all the same?", answer.etag);
    if (!answer.ok) return act.refuse(answer.body);
    announce("Deleted.");
    location.hash = listHash(act.resource);
  };
  const buttons = [button("Keep", () => dialog.close(), { class: "secondary" }), button("Delete", remove)];
  dialog.append(h("article", {}, h("p", {}, question), h("footer", {}, buttons)));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** A form that changes an item: only what was changed is sent, for the version that the form was filled from. */
export async function editView(resource, id) {
  const answer = await call("GET", at(resource, id));
  if (!answer.ok) return page(resource, id, problemBox(answer.body));
  const place = h("div", {});
  const draw = (item, values, etag) => place.replaceChildren(editForm({ resource, id, item, values, etag, draw, place }));
  draw(answer.body, answer.body, answer.etag);
  return page(resource, `Edit ${titleOf(resource, answer.body)}`, place);
}

function editForm(edit) {
  const { resource, id, item, values, etag } = edit;
  const send = async (filled) => {
    const changes = changesOf(resource, item, filled);
    const answer = await call("PATCH", at(resource, id), { body: changes, etag });
    if (answer.status === 412) return resolveConflict(edit, changes);
    if (!answer.ok) return answer.body;
    announce("Saved.");
    location.hash = hash("item", resource, id);
  };
  return form({ fields: resource.patchFields, values, label: "Save", send, cancel: hash("item", resource, id) });
}

/** A merge patch (RFC 7396) from the item as it was to what was filled in: null where a field was emptied. */
function changesOf(resource, item, filled) {
  const now = resource.patchFields.map(({ name }) => [name, filled[name] ?? (isEmpty(item[name]) ? item[name] : empty(item[name]))]);
  return Object.fromEntries(now.filter(([name, value]) => !same(value, item[name])));
}

const isEmpty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
const empty = (value) => (Array.isArray(value) ? [] : null);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Somebody changed the item meanwhile: show both, let the person choose field by field, and go on from the new version. */
async function resolveConflict(edit, changes) {
  const { resource, id, item: before } = edit;
  const answer = await call("GET", at(resource, id));
  if (!answer.ok) return answer.body;
  const theirs = answer.body;
  const differing = resource.patchFields.filter(({ name }) => !same(changes[name] ?? before[name], theirs[name]));
  const rows = differing.map((field) => {
    const mine = field.name in changes;
    const value = mine ? changes[field.name] : before[field.name];
    return h("tr", {}, h("th", { scope: "row" }, words(field.name)), pick(field, "mine", value, mine), pick(field, "theirs", theirs[field.name], !mine));
  });
  const goOn = (event) => {
    event.preventDefault();
    const chosen = new FormData(event.target);
    const mine = differing.filter(({ name }) => chosen.get(name) === "mine");
    const kept = mine.map(({ name }) => [name, name in changes ? changes[name] : before[name]]);
    edit.draw(theirs, { ...theirs, ...Object.fromEntries(kept) }, answer.etag);
    edit.place.querySelector("[type=submit]").focus();
  };
  const head = h("tr", {}, ["Field", "Yours", "Stored now"].map((each) => h("th", { scope: "col" }, each)));
  edit.place.replaceChildren(
    h(
      "form",
      { class: "conflict", onsubmit: goOn },
      h("div", { class: "problem-box", role: "alert" }, h("strong", {}, "Somebody changed this item while you were editing it."), h("p", {}, "Nothing was saved. Choose what to keep of each field; you can look it over before it is saved.")),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Differences" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
      h("div", { class: "actions" }, h("button", {}, "Go on with these"), h("a", { href: hash("item", resource, id), role: "button", class: "secondary outline" }, "Discard mine")),
    ),
  );
}

function pick(field, whose, value, chosen) {
  const label = `${words(field.name)}: ${whose}`;
  return h("td", {}, h("label", {}, h("input", { type: "radio", name: field.name, value: whose, checked: chosen, "aria-label": label }), show(field, value)));
}

function page(resource, title, ...content) {
  const trail = h("nav", { "aria-label": "Breadcrumb", class: "trail" }, h("a", { href: listHash(resource) }, words(resource.name)));
  return h("div", {}, trail, h("h1", {}, title), content);
}
