/** A file attribute: ask the API for an address, send the bytes there, wait until they are verified and linked. */

import { call } from "./api.js";
import { button, h, words } from "./dom.js";

const WAIT = 30; // seconds; verification takes about one
const FORBIDDEN = ["content-length", "host"]; // the browser writes these itself

/** The part of an item's page that uploads, replaces and removes one file. */
export function uploadPart(act, name, upload) {
  const input = h("input", { type: "file", accept: upload.types.join(","), "aria-label": words(name) });
  const most = upload.maximum && `; up to ${(upload.maximum / 1e6).toLocaleString("en")} MB`;
  const state = h("p.hint", { role: "status" }, upload.types.join(", "), most);
  const say = (text) => (state.textContent = text);
  const send = async () => {
    if (!input.files[0]) return say("Choose a file first.");
    const problem = await transfer(act, name, input.files[0], say);
    if (problem) act.refuse(problem);
    else act.changed(`${words(name)} is uploaded.`);
  };
  const remove = async () => {
    const answer = await call("DELETE", `${act.path}/${name}`, { etag: act.etag });
    if (answer.ok) act.changed(`${words(name)} is removed.`);
    else act.refuse(answer.body);
  };
  const removable = upload.remove && act.item[name];
  const buttons = [
    button("Upload", send, { class: "secondary" }),
    removable && button("Remove", remove, { class: "secondary outline" }),
  ];
  return h("section.part", h("h2", words(name)), input, state, h("div.actions", buttons));
}

/** Upload a file; the problem if that did not work. */
async function transfer(act, name, file, say) {
  say("Requesting a URL…");
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  const sha256 = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const body = { type: file.type, bytes: file.size, sha256 };
  const asked = await call("POST", `${act.path}/${name}`, { body, etag: act.etag });
  if (!asked.ok) return asked.body;
  say("Sending the bytes…");
  const { method, url, headers } = asked.body;
  const sent = Object.entries(headers).filter(([each]) => !FORBIDDEN.includes(each.toLowerCase()));
  const stored = await fetch(url, { method, headers: sent, body: file }).catch(() => null);
  if (!stored?.ok) return { title: `The bytes were not stored (${stored?.status ?? "no answer"}).` };
  say("Waiting until the bytes are verified…");
  for (let second = 0; second < WAIT; second += 1) {
    const answer = await call("GET", act.path);
    if (answer.body?.[name]?.sha256 === sha256) return null;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return { title: "The bytes arrived, but are not linked: they may have been refused, or verification is late." };
}
