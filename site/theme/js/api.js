/** Requests to the API, each noted at the foot of the page. */

import { h } from "./dom.js";
import { token } from "./session.js";
import { apiUrl } from "./site.js";

const NOTED = 30;

/**
 * Send a request: its body as JSON, its precondition as If-Match.
 * The answer is {ok, status, etag, body}; where it is not ok, `body` is the problem (RFC 9457).
 */
export async function call(method, path, { body, etag, headers = {} } = {}) {
  const sent = { Accept: "application/json, application/problem+json", ...headers };
  if (token()) sent.Authorization = `Bearer ${token()}`;
  if (etag) sent["If-Match"] = etag;
  if (body !== undefined) sent["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const began = performance.now();
  try {
    const answer = await fetch(apiUrl(path), { method, headers: sent, body: body && JSON.stringify(body), cache: "no-store" });
    note(method, path, answer.status, performance.now() - began, body);
    const text = await answer.text();
    return { ok: answer.ok, status: answer.status, etag: answer.headers.get("ETag"), body: text ? read(text) : null };
  } catch {
    note(method, path, "no answer", performance.now() - began, body);
    return { ok: false, status: 0, etag: null, body: { title: `No answer from ${apiUrl()}. Is the API running?` } };
  }
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { title: "The answer is not JSON." };
  }
}

/** Write the request down, newest first. */
function note(method, path, status, milliseconds, body) {
  const list = document.getElementById("requests");
  const bad = typeof status === "string" || status >= 400;
  list?.prepend(
    h(
      "li",
      {},
      h("code", {}, method),
      h("code", { class: "path" }, path, body && h("span", { class: "sent" }, ` ${JSON.stringify(body)}`)),
      h("span", { class: bad ? "bad" : "good" }, String(status)),
      h("span", { class: "time" }, `${Math.round(milliseconds)} ms`),
    ),
  );
  while (list?.children.length > NOTED) list.lastChild.remove();
}
