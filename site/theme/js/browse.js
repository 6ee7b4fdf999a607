/** The browser of resources. The part of the address after # says what is shown: #/list/products?sort=-price */

import { allScopes, resources } from "./contract.js";
import { h, words } from "./dom.js";
import { editView, itemView, newView } from "./item.js";
import { listHash, listView } from "./list.js";
import { problemBox } from "./problems.js";
import { connect } from "./live.js";
import { finishSignIn, onChange, showAccount, token } from "./session.js";
import { apiUrl, json } from "./site.js";

const VIEWS = { list: listView, new: newView, item: itemView, edit: editView };

const main = document.getElementById("content");
const failed = await finishSignIn();
const api = await json("openapi.json");
const known = resources(api);
let drawn = 0;
let soon;
let followed = { to: "", close() {} };

/** Draw what the address names; an answer that comes late, for an address that is left or while `waits` says so, is not shown. */
async function draw(waits = () => false) {
  const [path, query = ""] = location.hash.slice(2).split(/\?(.*)/s);
  const [view, name, id] = path.split("/").map(decodeURIComponent);
  const resource = known.find((each) => each.name === name);
  if (!resource || !VIEWS[view]) return (location.hash = listHash(known[0]));
  const turn = (drawn += 1);
  main.setAttribute("aria-busy", "true");
  const shown = await VIEWS[view](resource, view === "list" ? new URLSearchParams(query) : id);
  if (turn !== drawn) return;
  main.removeAttribute("aria-busy");
  if (waits()) return drawSoon();
  main.replaceChildren(shown);
  document.title = `${main.querySelector("h1").textContent} · ${api.info.title}`;
  const link = (each) => h("a", { href: listHash(each), "aria-current": each === resource && "page" }, words(each.name));
  document.getElementById("resources").replaceChildren(...known.map(link));
  follow(view, resource);
}

/**
 * Draw a list again when something in it changes elsewhere, if its resource is live. The page of an item stays as it was
 * read: who edits or deletes it is asked about what changed meanwhile.
 */
function follow(view, resource) {
  const route = Object.keys(api.paths).find((path) => api.paths[path].post?.["x-live"]?.includes(resource.path));
  const to = route && view === "list" ? resource.path : "";
  if (to === followed.to) return;
  followed.close();
  const headers = () => (token() ? { Authorization: `Bearer ${token()}` } : {});
  const onState = (state) => state === "open" && drawSoon(); // what changed since the page was read, before it followed
  const again = { onChange: drawSoon, onResync: drawSoon, onState, headers };
  followed = { to, ...(to ? connect(apiUrl(route), to, again) : { close() {} }) };
}

/** Draw once after many changes, and not while somebody types or chooses. */
function drawSoon() {
  clearTimeout(soon);
  const busy = () => main.querySelector("form.fields, dialog[open]") || document.activeElement.closest("#content :is(input, select, textarea)");
  soon = setTimeout(() => (busy() ? drawSoon() : draw(busy)), 300);
}

showAccount(allScopes(api));
if (known.length === 0) main.replaceChildren(h("p", "The document declares no resource."));
else {
  onChange(() => main.querySelector("form.fields") || draw()); // what is half filled in stays
  addEventListener("hashchange", async () => {
    await draw();
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  });
  await draw();
}
if (failed) main.prepend(problemBox({ title: failed }));
