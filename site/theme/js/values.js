/** Values as a person reads them. */

import { h, safeUrl } from "./dom.js";

/** A value of a field as an element. */
export function show(field, value) {
  if (value === null || value === undefined || value === "") return h("span", { class: "none" }, "–");
  if (isFile(value)) return picture(value);
  if (field.kind === "date-time") return h("time", { datetime: value, title: value }, new Date(value).toLocaleString());
  if (field.kind === "choice") return h("span", { class: "tag" }, String(value));
  if (field.kind === "boolean") return h("span", { class: "tag" }, value ? "yes" : "no");
  if (Array.isArray(value) && field.kind === "texts") return h("span", { class: "tags" }, value.map((each) => h("span", { class: "tag" }, each)));
  if (typeof value === "object") return h("code", {}, JSON.stringify(value));
  return h("span", {}, String(value));
}

/** The text by which people know an item: its name or title, else its first text, else its key. */
export function titleOf(resource, item) {
  const texts = resource.fields.filter((field) => !field.readOnly && ["text", "long text"].includes(field.kind));
  const known = texts.find((field) => /^(name|title)$/.test(field.name)) ?? texts[0];
  return String((known && item[known.name]) || item[resource.key]);
}

/** The columns of a list: what tells items apart, as many as fit. */
export function columns(resource) {
  const plain = resource.fields.filter((field) => !field.readOnly && field.kind !== "long text" && field.kind !== "json");
  const files = resource.fields.filter((field) => field.name in resource.uploads);
  return [...files, ...plain.filter((field) => !files.includes(field)).slice(0, 6)];
}

const isFile = (value) => typeof value === "object" && typeof value.url === "string" && typeof value.sha256 === "string";

function picture(file) {
  const url = safeUrl(file.url);
  if (!url) return h("code", {}, JSON.stringify(file));
  if (file.type.startsWith("image/")) return h("img", { src: url, alt: "", class: "picture", loading: "lazy" });
  return h("a", { href: url }, `${file.type}, ${file.bytes} bytes`);
}
