/** Problems (RFC 9457) as a person reads them: what is wrong, what would be right, and the page that explains it. */

import { h } from "./dom.js";
import { home } from "./site.js";

/** A box with the problem; `errors` that have a field of their own may be left out. */
export function problemBox(problem, errors = problem.errors ?? []) {
  const name = problem.type?.split(/[:/#]/).at(-1);
  const possible = problem.possible ?? [];
  return h(
    "div.problem-box",
    { role: "alert" },
    h("strong", problem.title),
    problem.detail && h("p", problem.detail),
    errors.length > 0 && h("ul", errors.map((each) => h("li", h("code", each.pointer), " ", said(each)))),
    possible.length > 0 && [h("p", "Possible instead:"), h("ul", possible.map((each) => h("li", h("code", each))))],
    h(
      "p.links",
      problem.status === 401 && h("a", { href: "#account", onclick: openAccount }, "Sign in"),
      name && h("a", { href: new URL(`errors.html#${name}`, home).href }, `About ${name}`),
    ),
  );
}

/** Split a problem's errors: those that point into one of these fields, by field, and the others. */
export function errorsByField(problem, names) {
  const found = new Map();
  const others = [];
  for (const error of problem.errors ?? []) {
    const [name, ...rest] = error.pointer.split("/").slice(1).map(unescaped); // a JSON Pointer (RFC 6901)
    if (names.includes(name)) found.set(name, [...(found.get(name) ?? []), [...rest, said(error)].join(": ")]);
    else others.push(error);
  }
  return [found, others];
}

const said = (error) => error.detail ?? error.title ?? "";
const unescaped = (step) => step.replaceAll("~1", "/").replaceAll("~0", "~");

function openAccount(event) {
  event.preventDefault();
  event.stopPropagation(); // a click elsewhere closes it
  const account = document.querySelector("#account details");
  account.setAttribute("open", "");
  account.querySelector("summary").focus();
}
