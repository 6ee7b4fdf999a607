/** Values as a person reads them. */

import { h, safeUrl } from "./dom.js";

/** A value of a field as an element. */
export function show(field, value) {
  if (value === null || value === undefined || value.length === 0) return h("span.none", "–");
  if (typeof value.url === "string" && typeof value.sha256 === "string") return showFile(value);
  if (field.kind === "date-time") return h("time", { datetime: value, title: value }, new Date(value).toLocaleString());
  if (field.kind === "choice") return h("span.tag", String(value));
  if (field.kind === "boolean") return h("span.tag", value ? "yes" : "no");
  if (field.kind === "texts") return h("span.tags", value.map((each) => h("span.tag", each)));
  if (typeof value === "object") return h("code", JSON.stringify(value));
  return h("span", String(value));
}

function showFile(file) {
  const url = safeUrl(file.url);
  if (!url) return h("code", JSON.stringify(file));
  if (file.type.startsWith("image/")) return h("img.picture", { src: url, alt: "", loading: "lazy" });
  return h("a", { href: url }, `${file.type}, ${file.bytes} bytes`);
}

/** The text by which people know an item: its name or title, else its first text, else its key. */
export function titleOf(resource, item) {
  const texts = resource.fields.filter((field) => !field.readOnly && /text$/.test(field.kind));
  const known = texts.find((field) => /^(name|title)$/.test(field.name)) ?? texts[0];
  return String((known && item[known.name]) || item[resource.key]);
}

/** The columns of a list: its files, and what tells items apart, as much as fits. */
export function columns(resource) {
  const files = resource.fields.filter((field) => field.name in resource.uploads);
  const plain = resource.fields.filter((field) => !field.readOnly && !["long text", "json"].includes(field.kind));
  const shown = [...files, ...plain.filter((field) => !files.includes(field)).slice(0, 6)];
  return plain.length ? shown : [...shown, ...resource.fields.filter((field) => field.name === resource.key)];
}
