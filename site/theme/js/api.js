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
  if (body) sent["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const began = performance.now();
  const request = { method, headers: sent, body: body && JSON.stringify(body), cache: "no-store" };
  const answer = await fetch(apiUrl(path), request).catch(() => null);
  note(request, path, answer?.status ?? "no answer", performance.now() - began);
  if (!answer) return { ok: false, status: 0, body: { title: `No answer from ${apiUrl()}. Is the API running?` } };
  const { ok, status } = answer;
  const given = status === 204 ? null : await answer.json().catch(() => ({ title: `The answer is not JSON (${status}).` }));
  return { ok, status, etag: answer.headers.get("ETag"), body: given };
}

/** Write the request down, newest first. */
function note({ method, body }, path, status, milliseconds) {
  const list = document.getElementById("requests");
  const sent = h("code.path", path, body && h("span.sent", ` ${body}`));
  const result = h(status < 400 ? "span.good" : "span.bad", String(status));
  list?.prepend(h("li", h("code", method), sent, result, h("span.time", `${Math.round(milliseconds)} ms`)));
  while (list?.children.length > NOTED) list.lastChild.remove();
}
