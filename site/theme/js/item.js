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

function page(resource, title, ...content) {
  const trail = h("nav.trail", { "aria-label": "Breadcrumb" }, h("a", { href: listHash(resource) }, words(resource.name)));
  return h("div", trail, h("h1", title), content);
}

/** A form that creates an item. Sent again unchanged it has the same Idempotency-Key, so nothing is created twice. */
export async function newView(resource) {
  const fields = resource.createFields;
  const values = Object.fromEntries(fields.map((field) => [field.name, field.rules.default ?? undefined]));
  let last = {};
  const send = async (body) => {
    const text = JSON.stringify(body);
    if (last.text !== text) last = { text, key: crypto.randomUUID() };
    const headers = resource.idempotent ? { "Idempotency-Key": last.key } : {};
    const answer = await call("POST", resource.path, { body, headers });
    if (!answer.ok) return answer.body;
    announce("Created.");
    location.hash = hash("item", resource, answer.body[resource.key]);
  };
  return page(resource, `New in ${resource.name}`, form({ fields, values, label: "Create", send, cancel: listHash(resource) }));
}

/** An item with what can be done to it. */
export async function itemView(resource, id) {
  const answer = await call("GET", at(resource, id));
  if (!answer.ok) return page(resource, id, problemBox(answer.body));
  const { body: item, etag } = answer;
  const result = h("div");
  const refuse = (problem) => result.replaceChildren(problemBox(problem));
  const changed = (said) => {
    announce(said);
    dispatchEvent(new HashChangeEvent("hashchange")); // draw it anew
  };
  const act = { resource, item, etag, path: at(resource, id), changed, refuse };
  const { patch, delete: remove } = resource.operations;
  return page(
    resource,
    titleOf(resource, item),
    h(
      "div.actions",
      patch && h("a", { href: hash("edit", resource, id), role: "button" }, "Edit"),
      remove && button("Delete", () => confirmDelete(act), { class: "secondary outline" }),
      h("code.etag", { title: "Sent as If-Match with a change" }, `ETag ${etag}`),
    ),
    result,
    h("dl.facts", resource.fields.map((field) => [h("dt", words(field.name)), h("dd", show(field, item[field.name]))])),
    Object.entries(resource.counters).map(([name, rules]) => countPart(act, name, rules)),
    Object.entries(resource.uploads).map(([name, upload]) => uploadPart(act, name, upload)),
  );
}

/** Count a counter up or down: no read before, so nobody's count is lost. */
function countPart(act, name, { maximum }) {
  const label = { "aria-label": `${words(name)}: how many` };
  const input = h("input", { type: "number", value: 1, min: 1, max: maximum, ...label });
  const count = async (sign) => {
    const answer = await call("POST", `${act.path}/${name}`, { body: { delta: sign * Number(input.value) } });
    if (answer.ok) act.changed(`${words(name)} is ${answer.body[name]}.`);
    else act.refuse(answer.body);
  };
  const [down, up] = [["− Down", -1], ["+ Up", 1]].map(([text, sign]) => button(text, () => count(sign), { class: "secondary" }));
  return h("section.part", h("h2", `Count ${words(name).toLowerCase()}`), h("div", { role: "group" }, down, input, up));
}

/** Ask, then delete the version that was shown; where it is another by now, ask again. */
function confirmDelete(act, question = `Delete ${titleOf(act.resource, act.item)}?`, etag = act.etag) {
  const dialog = h("dialog", { "aria-label": question });
  const remove = async () => {
    const answer = await call("DELETE", act.path, { etag });
    dialog.close();
    const again = "It was changed since it was loaded. Delete it anyway?";
    if (answer.status === 412) return confirmDelete(act, again, answer.etag);
    if (!answer.ok) return act.refuse(answer.body);
    announce("Deleted.");
    location.hash = listHash(act.resource);
  };
  const buttons = [button("Keep", () => dialog.close(), { class: "secondary" }), button("Delete", remove)];
  dialog.append(h("article", h("p", question), h("footer", buttons)));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** A form that changes an item: only what was changed is sent, for the version that the form was filled from. */
export async function editView(resource, id) {
  const answer = await call("GET", at(resource, id));
  if (!answer.ok) return page(resource, id, problemBox(answer.body));
  const place = h("div");
  const fill = (item, values, etag) => {
    const send = async (filled) => {
      const changes = changesOf(resource, item, filled);
      const sent = await call("PATCH", at(resource, id), { body: changes, etag });
      if (sent.status === 412) return resolveConflict({ resource, id, mine: { ...item, ...changes }, changes, place, fill });
      if (!sent.ok) return sent.body;
      announce("Saved.");
      location.hash = hash("item", resource, id);
    };
    place.replaceChildren(form({ fields: resource.patchFields, values, label: "Save", send, cancel: hash("item", resource, id) }));
  };
  fill(answer.body, answer.body, answer.etag);
  return page(resource, `Edit ${titleOf(resource, answer.body)}`, place);
}

/** A merge patch (RFC 7396) from the item as it was to what was filled in: null where a field was emptied. */
function changesOf(resource, item, filled) {
  const empty = (value) => (Array.isArray(value) ? [] : value === "" ? "" : null);
  const now = resource.patchFields.map(({ name }) => [name, filled[name] ?? empty(item[name])]);
  return Object.fromEntries(now.filter(([name, value]) => !same(value, item[name] ?? null)));
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Somebody changed the item meanwhile: show both, let the person choose field by field, and go on from the new version. */
async function resolveConflict({ resource, id, mine, changes, place, fill }) {
  const { ok, body: theirs, etag } = await call("GET", at(resource, id));
  if (!ok) return theirs;
  const differing = resource.patchFields.filter(({ name }) => !same(mine[name], theirs[name]));
  const pick = (field, whose, value, checked) => {
    const label = `${words(field.name)}: ${whose}`;
    const radio = h("input", { type: "radio", name: field.name, value: whose, checked, "aria-label": label });
    return h("td", h("label", radio, show(field, value)));
  };
  const rows = differing.map((field) => {
    const own = field.name in changes;
    const cells = [pick(field, "mine", mine[field.name], own), pick(field, "theirs", theirs[field.name], !own)];
    return h("tr", h("th", { scope: "row" }, words(field.name)), cells);
  });
  const goOn = (event) => {
    event.preventDefault();
    const chosen = new FormData(event.target);
    const kept = differing.filter(({ name }) => chosen.get(name) === "mine").map(({ name }) => [name, mine[name]]);
    fill(theirs, { ...theirs, ...Object.fromEntries(kept) }, etag);
    place.querySelector("[type=submit]").focus();
  };
  const problem = {
    title: "Somebody changed this item while you were editing it.",
    detail: "Nothing was saved. Choose a value for each field; you can review it before it is saved.",
  };
  const head = h("tr", ["Field", "Yours", "Stored now"].map((each) => h("th", { scope: "col" }, each)));
  const table = h("table", h("thead", head), h("tbody", rows));
  const discard = h("a.secondary.outline", { href: hash("item", resource, id), role: "button" }, "Discard mine");
  const region = h("div.scroll", { tabindex: 0, role: "region", "aria-label": "Differences" }, table);
  const actions = h("div.actions", h("button", "Continue with these values"), discard);
  place.replaceChildren(h("form.conflict", { onsubmit: goOn }, problemBox(problem), region, actions));
}
