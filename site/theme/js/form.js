/** A form made of fields that the document describes, with their rules; what is wrong is said at the field. */

import { h, words } from "./dom.js";
import { errorsByField, problemBox } from "./problems.js";

/**
 * A form of these fields. `send(values)` is given what was filled in (empty fields are undefined) and answers with a
 * problem, or nothing when all is well.
 */
export function form({ fields, values = {}, label, send, cancel }) {
  const inputs = new Map(fields.map((field) => [field.name, fieldset(field, values[field.name])]));
  const general = h("div", {});
  const submit = h("button", { type: "submit" }, label);
  const submitted = async (event) => {
    event.preventDefault();
    general.replaceChildren();
    const [filled, wrong] = collect(fields, inputs);
    mark(inputs, wrong);
    if (wrong.size > 0) return;
    submit.setAttribute("aria-busy", "true");
    const problem = await send(filled);
    submit.removeAttribute("aria-busy");
    if (!problem) return;
    const [byField, others] = errorsByField(problem, [...inputs.keys()]);
    mark(inputs, byField);
    general.replaceChildren(problemBox(problem, others));
  };
  return h(
    "form",
    { class: "fields", onsubmit: submitted, novalidate: true },
    [...inputs.values()].map((each) => each.element),
    general,
    h("div", { class: "actions" }, submit, cancel && h("a", { href: cancel, role: "button", class: "secondary outline" }, "Cancel")),
  );
}

/** One field: its label, its input, its rules, and room for what is wrong. */
function fieldset(field, value) {
  const id = `field-${field.name}`;
  const make = field.kind === "boolean" && !field.nullable ? checkbox : INPUTS[field.kind] ?? text;
  const input = make(field, value);
  const problem = h("small", { class: "problem", id: `${id}-problem` });
  const hint = hints(field);
  for (const [name, given] of Object.entries({ id, name: field.name, "aria-describedby": `${id}-hint ${id}-problem` })) {
    input.setAttribute(name, given);
  }
  const star = field.required && h("abbr", { title: "required" }, "*");
  const element = h(
    "div",
    { class: `field ${field.kind === "long text" || field.kind === "json" ? "wide" : ""}` },
    h("label", { for: id }, words(field.name), star),
    input,
    h("small", { class: "hint", id: `${id}-hint` }, hint),
    problem,
  );
  return { element, input, problem };
}

/** What the fields hold, and what is wrong with them before anything is sent. */
function collect(fields, inputs) {
  const filled = {};
  const wrong = new Map();
  for (const field of fields) {
    const { input } = inputs.get(field.name);
    if (!input.checkValidity()) wrong.set(field.name, [explain(input, field)]);
    try {
      filled[field.name] = read(field, input);
    } catch {
      wrong.set(field.name, ["This is not JSON."]);
    }
  }
  return [filled, wrong];
}

function explain(input, field) {
  return input.validity.patternMismatch ? `Must match ${field.rules.pattern.replace(/^\^\(\?:(.*)\)\$$/, "$1")}` : input.validationMessage;
}

/** Write what is wrong at its field, and bring the person to the first. */
function mark(inputs, wrong) {
  let first = null;
  for (const [name, { input, problem }] of inputs) {
    const messages = wrong.get(name) ?? [];
    problem.replaceChildren(messages.join(" "));
    if (messages.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (messages.length) first ??= input;
  }
  first?.focus();
}

/** The value of one input; undefined when it is empty. */
export function read(field, input) {
  if (input.type === "checkbox") return input.checked;
  if (input.value === "") return undefined;
  if (field.kind === "choice") return field.rules.enum?.find((each) => String(each) === input.value) ?? field.rules.const;
  if (field.kind === "boolean") return input.value === "true";
  if (field.kind === "integer" || field.kind === "number") return Number(input.value);
  if (field.kind === "texts") return input.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return field.kind === "json" ? JSON.parse(input.value) : input.value;
}

/** An input for a field, by its kind. */
export function inputFor(field) {
  return (INPUTS[field.kind] ?? text)(field);
}

const INPUTS = {
  choice: (field, value) => select(field, field.rules.enum ?? [field.rules.const], value),
  boolean: (field, value) => select(field, [true, false], value),
  integer: (field, value) => number(field, value, "1"),
  number: (field, value) => number(field, value, "any"),
  date: (field, value) => h("input", { type: "date", value, required: field.required }),
  decimal: (field, value) => text(field, value, { inputmode: "decimal" }),
  texts: (field, value) => area(field, value?.join("\n"), { rows: 3 }),
  json: (field, value) => area(field, value && JSON.stringify(value, null, 2), { rows: 5, class: "code", spellcheck: "false" }),
  "long text": (field, value) => area(field, value, { rows: 4, minlength: field.rules.minLength, maxlength: field.rules.maxLength }),
};

function text(field, value, more = {}) {
  const { minLength, maxLength, pattern, examples, format } = field.rules;
  const type = format === "email" || format === "uri" ? { email: "email", uri: "url" }[format] : "text";
  const rules = { minlength: minLength, maxlength: maxLength, pattern: usable(pattern), placeholder: examples?.[0] };
  return h("input", { type, value, required: field.required, autocomplete: "off", ...rules, ...more });
}

function number(field, value, step) {
  const { minimum, maximum, examples } = field.rules;
  return h("input", { type: "number", step, value, min: minimum, max: maximum, placeholder: examples?.[0], required: field.required });
}

function area(field, value, more) {
  return h("textarea", { required: field.required && field.kind !== "texts", ...more }, value);
}

function checkbox(field, value) {
  return h("input", { type: "checkbox", role: "switch", checked: Boolean(value) });
}

function select(field, options, value) {
  const each = options.map((option) => h("option", { value: String(option), selected: option === value }, String(option)));
  const none = (!field.required || value === undefined) && h("option", { value: "" }, field.required ? "Choose" : "–");
  return h("select", { required: field.required }, none, each);
}

/** A pattern that the browser can check too (it compiles patterns with the flag v); the API checks it anyway. */
function usable(pattern) {
  try {
    return pattern && new RegExp(pattern, "v") && pattern;
  } catch {
    return undefined;
  }
}

/** The rules of a field in words. */
function hints(field) {
  const { minLength, maxLength, minimum, maximum, maxItems, description } = field.rules;
  const parts = [
    description,
    range(minLength, maxLength, "characters"),
    range(minimum, maximum, ""),
    field.kind === "texts" && `one a line${maxItems ? `, up to ${maxItems}` : ""}`,
    field.kind === "date-time" && "like 2026-01-31T12:00:00Z",
  ];
  return parts.filter(Boolean).join("; ");
}

function range(least, most, unit) {
  const [from, to] = [least, most].map((each) => (Math.abs(each) > Number.MAX_SAFE_INTEGER ? undefined : each?.toLocaleString("en")));
  if (from !== undefined && to !== undefined) return `${from} to ${to} ${unit}`.trim();
  if (to !== undefined) return `up to ${to} ${unit}`.trim();
  return from !== undefined && `at least ${from} ${unit}`.trim();
}

